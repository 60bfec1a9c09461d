import { type ProxyConfig, knowsTls } from '../haproxy/assembly.ts';
import { merge } from './merge.ts';
import { readPayload } from './payload.ts';
import { type Presentation, present } from './config-file/table-config.ts';
import { judge } from './config-file/admission.ts';

/**
 * What a payload alone comes to. Candidates count without containers too.
 * @throws AppError PAYLOAD_INVALID, ROUTE_CONFLICT or TOO_LARGE, as the registry would answer
 */
export function renderPayload(value: unknown, proxy: ProxyConfig): Presentation {
  const nothing = { services: new Map(), hosts: new Map() };
  const payload = readPayload(value, knowsTls(proxy));
  const state = merge(nothing, payload, { now: 0, serviceGrace: 1, hostTtl: 0 });
  judge(payload, nothing, state, proxy);
  return present(state, proxy);
}
