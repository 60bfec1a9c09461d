import { randomUUID } from 'node:crypto';
import type { AwsTarget } from '../aws/client.ts';
import { createDynamoTable } from '../aws/table.ts';
import type { Logger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { type App, createApp } from './app.ts';
import type { RegistryConfig } from './config.ts';
import { createRegistry } from './registry.ts';

/** A call to the registry ends before API Gateway's 29 seconds do. */
export const longestCallMs = 25_000;

/**
 * The registry on its DynamoDB table.
 * @param target where DynamoDB is, unless the environment says it
 */
export function composeRegistry(config: RegistryConfig, logger: Logger, target: AwsTarget = {}): App {
  const table = createDynamoTable({ name: config.tableName, random: systemRandom, target });
  const registry = createRegistry({
    table,
    config,
    random: systemRandom,
    now: () => Date.now(),
    newRevision: randomUUID,
  });
  return createApp({ registry, config, logger });
}
