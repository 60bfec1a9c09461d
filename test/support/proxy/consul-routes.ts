import { type AwsRoute, type ConsulSource, readProxyConfig } from '../../../src/proxy/config.ts';
import { startConsulSource, type RunningSource } from '../../../src/proxy/routes/consul-source.ts';
import type { ServicesCatalog } from '../../../src/proxy/routes/consul-instances.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';

/** A source with the defaults of a file. */
export const plainSource = sourceOf('consul: {}');

/** Whose services become routes, as a file tells. */
export function sourceOf(text: string): ConsulSource {
  const { consul } = readProxyConfig(text, 'lrp.yaml', {}).config;
  if (consul === undefined) throw new Error('the file has no source');
  return consul;
}

interface LogLine {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

export interface FollowedSource extends RunningSource {
  /** Hosts, prefixes and functions of the routes that stand, as `host/prefix function:qualifier`; undefined before the first. */
  table(): string[] | undefined;
  routes(): readonly AwsRoute[];
  /** How often routes were told. */
  told(): number;
  log: LogLine[];
}

/** Follows a Consul, and keeps what is heard. */
export function follow(
  consul: ServicesCatalog,
  source: Partial<ConsulSource> = {},
  clock: Clock = systemClock,
): FollowedSource {
  let routes: readonly AwsRoute[] | undefined;
  let told = 0;
  const log: LogLine[] = [];
  const line =
    (level: LogLine['level']) =>
    (fields: object, message: string): void =>
      void log.push({ level, message, fields: fields as Record<string, unknown> });
  const running = startConsulSource({ ...plainSource, ...source }, consul, {
    onRoutes: (next) => {
      routes = next;
      told += 1;
    },
    logger: { info: line('info'), warn: line('warn'), error: line('error') },
    clock,
    random: () => 0.5,
  });
  return {
    ...running,
    table: () => routes?.map(textOf),
    routes: () => routes ?? [],
    told: () => told,
    log,
  };
}

/** As `pay.example.com/api pay:prod`. */
export function textOf({ hostname, pathPrefix, functionName, qualifier }: AwsRoute): string {
  const name = functionName.split(':').at(-1);
  return `${hostname}${pathPrefix} ${name}${qualifier === undefined ? '' : `:${qualifier}`}`;
}
