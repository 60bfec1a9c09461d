/** One namespace as the configuration names it; several may name the same one. */
export interface CloudMapNamespace {
  readonly namespace: string;
  /** Below which its services have hosts, in mode `host`. */
  readonly domain: string;
  readonly mode: 'host' | 'path';
  /** Twelve digits; undefined for the caller's own account. */
  readonly ownerAccount: string | undefined;
  /** Of instances without a port; 0 for none. */
  readonly defaultPort: number;
}

export interface CloudMapSettings {
  /** For messages. */
  readonly region: string;
  readonly namespaces: readonly CloudMapNamespace[];
  /** How often every service is asked about. */
  readonly refreshMs: number;
  /** How often it is read whatever its revision says, since that tells nothing of health. */
  readonly healthRefreshMs: number;
  /** How often services are listed at most; 0: with every refresh. */
  readonly servicesRefreshMs: number;
  /** `list`: nothing but the calls that list is made. */
  readonly api: 'auto' | 'list';
}

/** The source's name in problems, as everywhere. */
export const sourceName = 'cloud_map';
