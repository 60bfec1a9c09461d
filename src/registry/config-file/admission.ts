import { largestRow, rowSize } from '../../aws/table.ts';
import type { ProxyConfig } from '../../haproxy/assembly.ts';
import { reporterOf } from '../merge.ts';
import type { Payload } from '../payload.ts';
import type { Presentation } from './table-config.ts';
import { refusal } from '../refusal.ts';
import { contested, loops, routeCount } from './routing.ts';
import { hostRow } from '../store/rows.ts';
import type { TableState } from '../store/state.ts';

/** More make a file that is larger than can be answered; counted first, since few words can make very many. */
const mostRoutes = 50_000;

/** Longer than any. */
const longestRevision = ' '.repeat(64);

/** @throws AppError PAYLOAD_INVALID, ROUTE_CONFLICT or TOO_LARGE when a payload must not be stored, judged by what the table would come to */
export function judge(payload: Payload, before: TableState, after: TableState, config: ProxyConfig): void {
  const routes = [...after.services.values()].reduce(
    (sum, { definition }) => sum + routeCount(definition),
    0,
  );
  if (routes > mostRoutes) throw refusal('TOO_LARGE', `The table would have more than ${mostRoutes} routes`);
  const looping = loops(payload, after, config);
  if (looping.length > 0) throw refusal('PAYLOAD_INVALID', 'The payload is invalid', looping);
  const taken = contested(before, payload, after);
  if (taken.length > 0) throw refusal('ROUTE_CONFLICT', 'A route belongs to another service', taken);
}

/** Sees what will be answered before anything is stored, and may throw. */
export type Admission = (outcome: Presentation) => void;

/** Throws what speaks against an outcome. */
export type Verdict = (after: TableState) => void;

/** @throws AppError TOO_LARGE when what the reporter runs is too large to be stored, or what `admit` throws */
export function measure(payload: Payload, after: TableState, admit: Verdict): void {
  const reporter = reporterOf(payload);
  const host = after.hosts.get(reporter);
  const row = host && hostRow(payload.table, reporter, host, longestRevision);
  if (row && rowSize(row) > largestRow) {
    throw refusal('TOO_LARGE', `The host ${reporter} reports more than one item of DynamoDB holds (400 KB)`);
  }
  admit(after);
}
