import * as z from 'zod';
import { networks } from '../../config/fields.ts';
import { count, duration, listenPort, optionalText } from '../../config/file-fields.ts';
import { checkAddress } from '../../core/network/addresses.ts';
import { fileName, region } from '../../config/place-fields.ts';
import { consulSection } from './consul.ts';
import { internalPrefix, workers } from './fields.ts';
import { awsEntry, localEntry } from './routes.ts';

const second = 1000;

/** Where to listen; names are looked up when the listener starts. */
const listenHost = (otherwise: string) =>
  optionalText(checkAddress).transform((address) => address ?? otherwise);

const limits = z.object({
  header_bytes: count(256, 1_048_576).default(32_768),
  body_bytes: count(1, 1_073_741_824).default(6_291_456),
  header_timeout: duration().default(10 * second),
  body_timeout: duration().default(60 * second),
  idle_timeout: duration().default(60 * second),
  connections: count(1, 1_000_000).default(10_000),
  grace: duration(0).default(30 * second),
});

/** What the proxy's file may hold, with its defaults. */
export const proxyFile = z.object({
  region,
  host: listenHost('0.0.0.0'),
  port: listenPort.default(8080),
  internal_route_prefix: internalPrefix.default(''),
  internal_routes: z.boolean().default(true),
  access_log: z.boolean().default(true),
  workers: workers.default(1),
  trusted_proxies: networks.default([]),
  tls: z.object({ cert: fileName, key: fileName }).optional(),
  admin: z.object({ host: listenHost('127.0.0.1'), port: listenPort.default(9090) }).optional(),
  limits: limits.prefault({}),
  local: z.array(localEntry).default([]),
  aws: z.array(awsEntry).default([]),
  consul: consulSection.optional(),
});

export type ProxyFile = z.output<typeof proxyFile>;
