import { largestRow, rowSize } from '../../aws/table.ts';
import type { ProxyConfig, RegistryConfig } from '../config.ts';
import { merge, reporterOf } from '../merge.ts';
import { type Payload, type Rejected, contradictions, refusedIn, rejectedIn, without } from '../payload.ts';
import { type Presentation, present } from './table-config.ts';
import { Refusal } from '../http/http-error.ts';
import { contested, loops, routeCount } from './routing.ts';
import { hostRow } from '../store/rows.ts';
import { type Retention, type TableState, withoutExpired } from '../store/state.ts';

/** More make a file that is larger than can be answered; counted first, since few words can make very many. */
const mostRoutes = 50_000;

/** Longer than any. */
const longestRevision = ' '.repeat(64);

/** What decides whether a payload may be stored. */
export type AdmissionRules = ProxyConfig & Pick<RegistryConfig, 'badCandidates'>;

/** A payload that may be stored, and what its table comes to. */
interface Admitted {
  readonly payload: Payload;
  readonly outcome: TableState;
}

/**
 * Judges a payload by what its table would come to as a whole. Where bad candidates are skipped, the parts at fault are
 * taken out until nothing is wrong with the rest: it is what would be accepted without them.
 * @param stored what was read
 * @throws Refusal when the payload must not be stored
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
    const { status, title, faults } = objection;
    if (rules.badCandidates === 'refuse') throw new Refusal(status, title, faults.map(refusedIn));
    rest = without(rest, faults);
  }
}

/** What is wrong with a payload, of one kind at a time. */
interface Objection {
  readonly status: 400 | 409;
  readonly title: string;
  readonly faults: readonly Rejected[];
}

function objectionTo(
  payload: Payload,
  before: TableState,
  outcome: TableState,
  rules: AdmissionRules,
): Objection | undefined {
  checkRouteCount(outcome);
  const invalid = { status: 400, title: 'The payload is invalid' } as const;
  const looping = loops(payload, outcome, rules);
  if (looping.length > 0) return { ...invalid, faults: looping };
  const taken = contested(before, payload, outcome, rules.badCandidates === 'skip');
  if (taken.length > 0) return { status: 409, title: 'A route belongs to another service', faults: taken };
  const contradicting = contradictions(payload.candidates);
  return contradicting.length > 0 ? { ...invalid, faults: contradicting } : undefined;
}

/** @throws Refusal 413 */
function checkRouteCount({ services }: TableState): void {
  const routes = [...services.values()].reduce((sum, { definition }) => sum + routeCount(definition), 0);
  if (routes > mostRoutes) throw new Refusal(413, `The table would have more than ${mostRoutes} routes`);
}

/** Sees what will be answered before anything is stored, and may throw a Refusal. */
export type Admission = (outcome: Presentation) => void;

/** @throws Refusal when what a payload comes to is too large to be stored or answered, or what `look` throws */
export function measure(
  payload: Payload,
  after: TableState,
  rules: AdmissionRules,
  look: Admission = () => {},
): void {
  const reporter = reporterOf(payload);
  const host = after.hosts.get(reporter);
  const row = host && hostRow(payload.table, reporter, host, longestRevision);
  if (row && rowSize(row) > largestRow) {
    throw new Refusal(413, `The host ${reporter} reports more than one item of DynamoDB holds (400 KB)`);
  }
  look(answerTo(payload, after, rules));
}

/** What a payload is answered with once the table holds a state. */
export function answerTo(payload: Payload, state: TableState, rules: AdmissionRules): Presentation {
  const presentation = present(state, rules, reporterOf(payload));
  return rules.badCandidates === 'skip' ? { ...presentation, rejected: rejectedIn(payload) } : presentation;
}
