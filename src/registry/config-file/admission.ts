import { largestRow, rowSize } from '../../aws/table.ts';
import type { AppError } from '../../core/errors.ts';
import type { ProxyConfig } from '../../haproxy/assembly.ts';
import type { RegistryConfig } from '../config.ts';
import { merge, reporterOf } from '../merge.ts';
import { type PartFault, type Payload, contradictions, fieldFault, without } from '../payload.ts';
import { refusal } from '../refusal.ts';
import { contested, loops, routeCount } from './routing.ts';
import { hostRow } from '../store/rows.ts';
import { type Retention, type TableState, withoutExpired } from '../store/state.ts';

/** More make a file that is larger than can be answered; counted first, since few words can make very many. */
const mostRoutes = 50_000;

/** Longer than any. */
const longestRevision = ' '.repeat(64);

/** What decides whether a payload may be stored. */
export type AdmissionRules = ProxyConfig & Pick<RegistryConfig, 'badCandidates'>;

/** What counts of a payload, and what its table comes to by that. */
export interface Admitted {
  payload: Payload;
  outcome: TableState;
}

/**
 * Judges a payload by what its table would come to as a whole. Where bad candidates are skipped, the parts at fault are
 * taken out until nothing is wrong with the rest: it is what would be accepted without them.
 * @param stored what was read
 * @throws AppError PAYLOAD_INVALID or ROUTE_CONFLICT when the payload must not be stored; TOO_LARGE for too many routes
 */
export function admit(
  payload: Payload,
  stored: TableState,
  retention: Retention,
  rules: AdmissionRules,
): Admitted {
  const before = withoutExpired(stored, retention);
  for (let rest = payload; ;) {
    const outcome = merge(stored, rest, retention);
    const objection = objectionTo(rest, before, outcome, rules);
    if (objection === undefined) return { payload: rest, outcome };
    if (rules.badCandidates === 'refuse') throw refusalFor(objection);
    rest = without(rest, objection.faults);
  }
}

/** What is wrong with a payload, of one kind at a time. */
interface Objection {
  code: 'PAYLOAD_INVALID' | 'ROUTE_CONFLICT';
  faults: PartFault[];
}

function objectionTo(
  payload: Payload,
  before: TableState,
  outcome: TableState,
  rules: AdmissionRules,
): Objection | undefined {
  checkRouteCount(outcome);
  const looping = loops(payload, outcome, rules);
  if (looping.length > 0) return { code: 'PAYLOAD_INVALID', faults: looping };
  const taken = contested(before, payload, outcome, rules.badCandidates === 'skip');
  if (taken.length > 0) return { code: 'ROUTE_CONFLICT', faults: taken };
  const contradicting = contradictions(payload.candidates);
  return contradicting.length > 0 ? { code: 'PAYLOAD_INVALID', faults: contradicting } : undefined;
}

function refusalFor({ code, faults }: Objection): AppError {
  const title = code === 'ROUTE_CONFLICT' ? 'A route belongs to another service' : 'The payload is invalid';
  return refusal(code, title, faults.map(fieldFault));
}

/** @throws AppError TOO_LARGE */
function checkRouteCount({ services }: TableState): void {
  const routes = [...services.values()].reduce((sum, { definition }) => sum + routeCount(definition), 0);
  if (routes > mostRoutes) throw refusal('TOO_LARGE', `The table would have more than ${mostRoutes} routes`);
}

/** @throws AppError TOO_LARGE when what the reporter runs is larger than an item may be */
export function checkHostSize({ payload, outcome }: Admitted): void {
  const reporter = reporterOf(payload);
  const host = outcome.hosts.get(reporter);
  const row = host && hostRow(payload.table, reporter, host, longestRevision);
  if (row && rowSize(row) > largestRow) {
    throw refusal('TOO_LARGE', `The host ${reporter} reports more than one item of DynamoDB holds (400 KB)`);
  }
}
