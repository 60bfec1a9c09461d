import { Writable } from 'node:stream';
import { expect, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { createLogger } from '../../../src/core/logger.ts';
import type { FunctionHome } from '../../../src/lambda-service/arn.ts';
import { assemble } from '../../../src/registrator/compose.ts';
import { readRegistratorConfig } from '../../../src/registrator/config.ts';
import { type BatchAnswer, respond } from '../../../src/registrator/invocation.ts';
import { scopeOf } from '../../../src/registrator/model/ownership.ts';
import type { Report } from '../../../src/registrator/model/report.ts';
import { addFunction, type World } from '../../../src/sandbox/aws/world.ts';
import { apiCall } from './events.ts';
import { functionArn, home as ownHome } from '../aws/sandbox-aws.ts';
import { tagged } from '../aws/tag-world.ts';

type Line = Record<string, unknown>;

/** A registrator as Lambda runs it: one process, any number of invocations. */
export interface WarmLambda {
  /** Answers one event; throws what makes Lambda retry. Checks that nothing said or thrown holds any of `secrets`. */
  invoke(event: unknown, ms?: number): Promise<Report | BatchAnswer>;
  /** A full sync by hand. */
  sync(ms?: number): Promise<Report>;
  /** What it wrote since it started: log lines, and metrics. */
  lines: Line[];
  close(): void;
}

/** Starts a registrator with an environment, in an AWS at `url`, as a function that lives in `home`. */
export function startLambda(
  url: string,
  env: Record<string, string>,
  secrets: readonly string[],
  home: FunctionHome = ownHome,
): WarmLambda {
  vi.stubEnv('AWS_ENDPOINT_URL', url);
  vi.stubEnv('AWS_REGION', home.region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  const config = readRegistratorConfig({ AWS_REQUESTS_PER_SECOND: '1000', LOG_LEVEL: 'trace', ...env });
  // Waits between attempts are as short as they can be.
  const registrator = assemble(config, { wallClock: () => Date.now(), clock: systemClock, random: () => 0 });
  const lines: Line[] = [];
  const print = (line: string): void => {
    for (const secret of secrets) expect(line).not.toContain(secret);
    lines.push(JSON.parse(line) as Line);
  };
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunk.toString().trim().split('\n').forEach(print);
      done();
    },
  });
  const logger = createLogger(config.logLevel, {}, destination);
  const invoke = async (event: unknown, ms = 60_000): Promise<Report | BatchAnswer> => {
    try {
      const deadline = deadlineIn(systemClock, ms);
      return await respond(event, {
        home,
        synchronise: (task) =>
          registrator.synchronise(task, scopeOf(home, config), deadline, (change) =>
            logger.info({ ...change }, 'Consul changed'),
          ),
        calls: () => registrator.calls(),
        functionName: 'registrator',
        wallClock: () => 1_700_000_000_000,
        print,
        logger,
      });
    } catch (error) {
      for (const secret of secrets) expect(String(error)).not.toContain(secret);
      throw error;
    }
  };
  return {
    invoke,
    sync: async (ms) => (await invoke({ source: 'lambda-registrator', action: 'sync' }, ms)) as Report,
    lines,
    close: () => registrator.close(),
  };
}

/** What CloudTrail delivers when a function is tagged. */
export function tagEvent(name: string): object {
  return apiCall('TagResource20170331v2', { requestParameters: { resource: functionArn(name) } });
}

/** Adds a function with tags named by the last word of their keys. */
export function addTagged(world: World, name: string, tags?: Record<string, string>): void {
  addFunction(world, name, { ...tagged(tags) });
}

/** Stores a parameter, encrypted as SecureString. */
export function putParameter(world: World, name: string, value: string): void {
  const versions = world.parameters.get(name) ?? [];
  const version = versions.length + 1;
  const stored = {
    name,
    type: 'SecureString',
    value,
    tier: 'Standard',
    version,
    modified: new Date(),
  } as const;
  world.parameters.set(name, [...versions, stored]);
}
