import type { AclHints, Reading } from '../api.ts';
import type { Answer } from './requests.ts';

/** https://developer.hashicorp.com/consul/api-docs/api-structure#results-filtered-by-acls */
export function aclHints({ headers, anonymous }: Answer): AclHints {
  const policy = headers['x-consul-default-acl-policy'];
  return {
    filtered: headers['x-consul-results-filtered-by-acls'] === 'true',
    defaultPolicy: policy === 'allow' || policy === 'deny' ? policy : undefined,
    anonymous,
  };
}

/** How far behind its leader the server is that answered, in milliseconds; 0 where it does not say. */
export function lagOf({ headers }: Answer): number {
  if (headers['x-consul-knownleader'] === 'false') return Infinity;
  const lag = Number(headers['x-consul-lastcontact'] ?? 0);
  return Number.isNaN(lag) ? 0 : lag;
}

/** https://developer.hashicorp.com/consul/api-docs/features/consistency: without either, as a leader that has a lease. */
export function consistencyQuery({ consistent = false, stale = false }: Reading): Record<string, string> {
  return { ...(consistent ? { consistent: '' } : {}), ...(stale ? { stale: '' } : {}) };
}
