import { largestRow, rowSize } from '../../aws/table.ts';
import type { ProxyConfig } from '../../haproxy/assembly.ts';
import { reporterOf } from '../merge.ts';
import type { Payload } from '../payload.ts';
import { type Presentation, present } from './table-config.ts';
import { Refusal } from '../http/http-error.ts';
import { contested, loops, routeCount } from './routing.ts';
import { hostRow } from '../store/rows.ts';
import type { TableState } from '../store/state.ts';

/** More make a file that is larger than can be answered; counted first, since few words can make very many. */
const mostRoutes = 50_000;

/** Longer than any. */
const longestRevision = ' '.repeat(64);

/** @throws Refusal when a payload must not be stored, judged by what the table would come to */
export function judge(payload: Payload, before: TableState, after: TableState, config: ProxyConfig): void {
  const routes = [...after.services.values()].reduce(
    (sum, { definition }) => sum + routeCount(definition),
    0,
  );
  if (routes > mostRoutes) throw new Refusal(413, `The table would have more than ${mostRoutes} routes`);
  const looping = loops(payload, after, config);
  if (looping.length > 0) throw new Refusal(400, 'The payload is invalid', looping);
  const taken = contested(before, payload, after);
  if (taken.length > 0) throw new Refusal(409, 'A route belongs to another service', taken);
}

/** Sees what will be answered before anything is stored, and may throw a Refusal. */
export type Admission = (outcome: Presentation) => void;

/** @throws Refusal when what a payload comes to is too large to be stored or answered, or what `admit` throws */
export function measure(
  payload: Payload,
  after: TableState,
  config: ProxyConfig,
  admit: Admission = () => {},
): void {
  const reporter = reporterOf(payload);
  const host = after.hosts.get(reporter);
  const row = host && hostRow(payload.table, reporter, host, longestRevision);
  if (row && rowSize(row) > largestRow) {
    throw new Refusal(413, `The host ${reporter} reports more than one item of DynamoDB holds (400 KB)`);
  }
  admit(present(after, config, reporter));
}
