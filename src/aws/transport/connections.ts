import { createSecureContext } from 'node:tls';
import { Pool } from 'undici';
import { HeldValues } from '../../core/held-values.ts';

/** Kept connections to every origin, for as long as somebody holds those of it. */
export interface Connections {
  /** Those of one origin. `isOwn` says that it is AWS's, not some endpoint that was given. */
  to(origin: string, isOwn: boolean): Pool;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
/**
 * How long an idle connection is kept: less than the other side does, which would otherwise close it under a request. AWS
 * keeps them for a minute and longer; servers of emulators for five seconds, or as long as they say.
 */
const keepAliveMs = { aws: 20_000, other: 4_000 };
const longestKeepAliveMs = 60_000;

/** @param ca certificate authorities in PEM, in place of Node's and those of NODE_EXTRA_CA_CERTS */
export function createConnections(ca: string | undefined): Connections {
  const pools = new HeldValues<Pool>();
  // Parsed once: as an option it would be parsed for every connection.
  const trust = ca === undefined ? {} : { secureContext: createSecureContext({ ca }) };

  function open(origin: string, isOwn: boolean): Pool {
    return new Pool(origin, {
      allowH2: false,
      keepAliveTimeout: isOwn ? keepAliveMs.aws : keepAliveMs.other,
      keepAliveMaxTimeout: longestKeepAliveMs,
      connect: { timeout: connectTimeoutMs, ...trust },
    });
  }

  return {
    to: (origin, isOwn) => pools.get(origin, () => open(origin, isOwn)),
    close: async () => {
      await Promise.all(pools.all().map((pool) => pool.destroy()));
    },
  };
}
