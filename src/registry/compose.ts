import { randomUUID } from 'node:crypto';
import type { AwsTarget } from '../aws/client.ts';
import { createDynamoTable } from '../aws/table.ts';
import type { Logger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { type App, type Fits, createApp } from './app.ts';
import type { RegistryConfig } from './config.ts';
import type { Presentation } from './config-file/table-config.ts';
import { type Registry, createRegistry } from './registry.ts';

/** A call to the registry ends before API Gateway's 29 seconds do. */
export const longestCallMs = 25_000;

interface Surroundings {
  /** Where DynamoDB is, unless the environment says it. */
  target?: AwsTarget;
  /** Asks HAProxy about a configuration and gives what it refuses. */
  check?: (config: string) => Promise<readonly string[]>;
  /** Whether an answer can be sent; absent: any. */
  fits?: Fits;
}

/** The registry on its DynamoDB table. */
export function composeRegistry(
  config: RegistryConfig,
  logger: Logger,
  { target = {}, check, fits }: Surroundings = {},
): App {
  const table = createDynamoTable({ name: config.tableName, random: systemRandom, target });
  const registry = createRegistry({
    table,
    config,
    random: systemRandom,
    now: () => Date.now(),
    newRevision: randomUUID,
  });
  return createApp({
    registry: check ? withCheck(registry, check, logger) : registry,
    config,
    logger,
    ...(fits ? { fits } : {}),
  });
}

/** Logs what HAProxy has against a configuration, once for each; certificates, for one, may be on its host only. */
function withCheck(registry: Registry, check: NonNullable<Surroundings['check']>, logger: Logger): Registry {
  let checked: string | undefined;
  async function inspect(presentation: Presentation): Promise<Presentation> {
    if (presentation.revision === checked) return presentation;
    checked = presentation.revision;
    const errors = await check(presentation.config);
    if (errors.length > 0)
      logger.error({ revision: checked, errors }, 'HAProxy here refuses the configuration');
    return presentation;
  }
  return {
    ...registry,
    accept: async (payload, deadline, preview) => inspect(await registry.accept(payload, deadline, preview)),
    view: async (pk, deadline) => inspect(await registry.view(pk, deadline)),
  };
}
