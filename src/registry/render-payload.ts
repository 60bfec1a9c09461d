import { AppError } from '../core/errors.ts';
import { type ProxyConfig, knowsTls } from './config.ts';
import { readPayload } from './payload.ts';
import { type Presentation, present } from './config-file/table-config.ts';
import { admit } from './config-file/admission.ts';
import { Refusal } from './http/http-error.ts';

/**
 * What a payload alone comes to. Candidates count without containers too.
 * @throws AppError PAYLOAD_INVALID with what the registry would answer
 */
export function renderPayload(value: unknown, proxy: ProxyConfig): Presentation {
  const nothing = { services: new Map(), hosts: new Map() };
  try {
    const payload = readPayload(value, knowsTls(proxy));
    const retention = { now: 0, serviceGrace: 1, hostTtl: 0 };
    return present(admit(payload, nothing, retention, { ...proxy, badCandidates: 'refuse' }).outcome, proxy);
  } catch (error) {
    if (error instanceof Refusal) throw new AppError('PAYLOAD_INVALID', error.message, { cause: error });
    throw error;
  }
}
