import type { CatalogService } from '../../consul/api.ts';
import { leafMetaKeys } from '../../lambda-service/service.ts';

/** What the Meta of a service says of the parameter that was written last; times in seconds since 1970. */
export interface Written {
  path: string;
  /** Half of the leaf's life is over. */
  renew: number;
  expires: number;
  /** Fingerprint of the roots that were written with it. */
  roots: string;
}

/** Undefined where any part is missing or no number: then nothing is known of a parameter. */
export function writtenOf({ Meta }: Pick<CatalogService, 'Meta'>): Written | undefined {
  const path = Meta?.[leafMetaKeys.parameter];
  const roots = Meta?.[leafMetaKeys.roots];
  const renew = Number(Meta?.[leafMetaKeys.renew] || Number.NaN);
  const expires = Number(Meta?.[leafMetaKeys.expires] || Number.NaN);
  if (!path || !roots || Number.isNaN(renew) || Number.isNaN(expires)) return undefined;
  return { path, renew, expires, roots };
}

/** As the Meta of a service has it. */
export function metaOf({ path, renew, expires, roots }: Written): Record<string, string> {
  return {
    [leafMetaKeys.renew]: String(renew),
    [leafMetaKeys.expires]: String(expires),
    [leafMetaKeys.roots]: roots,
    [leafMetaKeys.parameter]: path,
  };
}
