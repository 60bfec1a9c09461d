import { type ProxyConfig, knowsTls } from '../haproxy/assembly.ts';
import { admit } from './config-file/admission.ts';
import { type Presentation, present } from './config-file/table-config.ts';
import { readPayload } from './payload.ts';

/**
 * What a payload alone comes to. Candidates count without containers too.
 * @throws AppError PAYLOAD_INVALID, ROUTE_CONFLICT or TOO_LARGE, as the registry would answer
 */
export function renderPayload(value: unknown, proxy: ProxyConfig): Presentation {
  const nothing = { services: new Map(), hosts: new Map() };
  const payload = readPayload(value, knowsTls(proxy));
  const retention = { now: 0, serviceGrace: 1, hostTtl: 0 };
  return present(admit(payload, nothing, retention, { ...proxy, badCandidates: 'refuse' }).outcome, proxy);
}
