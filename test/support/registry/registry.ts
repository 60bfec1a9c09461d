import type { Row, Table } from '../../../src/aws/table.ts';
import { createDynamoTable } from '../../../src/aws/table.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { type Deadline, deadlineIn } from '../../../src/core/deadline.ts';
import type { Environment } from '../../../src/config/options.ts';
import { createLogger } from '../../../src/core/logger.ts';
import { type App, type Fits, createApp } from '../../../src/registry/app.ts';
import { type RegistryConfig, readRegistryConfig } from '../../../src/registry/config.ts';
import type { Answer } from '../../../src/registry/http/answers.ts';
import { resourcePath } from '../../../src/registry/http/paths.ts';
import { readPayload } from '../../../src/registry/payload.ts';
import { type Registry, createRegistry } from '../../../src/registry/registry.ts';
import { createRegistryTable, startDynamo } from '../../../src/local/dynamodb.ts';

export const tableName = 'services';

export function soon(): Deadline {
  return deadlineIn(systemClock, 15_000);
}

/** Time enough, on a clock whose waits end at once: for what happens in memory. */
export function inNoTime(): Deadline {
  return deadlineIn({ now: () => 0, after: () => () => {}, sleep: () => Promise.resolve() }, 15_000);
}

/** The configuration of a registry with one table, changed by environment variables. */
export function configWith(environment: Environment = {}): RegistryConfig {
  return readRegistryConfig({ TABLE_NAME: tableName, ...environment });
}

/** A candidate with containers given as `id: address`. */
export function candidate(
  serviceName: string,
  containers: Readonly<Record<string, string>> = {},
  parts: object = {},
): object {
  return {
    serviceName,
    predicate: `${serviceName}.example.com`,
    port: 8080,
    containers: Object.entries(containers).map(([id, ip]) => ({ id, ip })),
    ...parts,
  };
}

/** Entries of `running`, given as `service/id: address`. */
export function running(entries: Readonly<Record<string, string>>): object[] {
  return Object.entries(entries).map(([key, ip]) => {
    const [serviceName, id] = key.split('/');
    return { serviceName, id, ip };
  });
}

/** A table in memory with DynamoDB's rules for single items, which lets tests decide when each call happens. */
export class MemoryTable implements Table {
  readonly items: Map<string, Row>;
  #calls = 0;
  /** Runs before each call; a rejection is the call's answer. */
  before: (operation: string, key: string) => Promise<void> = () => Promise.resolve();

  constructor(items = new Map<string, Row>()) {
    this.items = items;
  }

  async rows(pk: string): Promise<Row[]> {
    await this.#arrive('rows', pk);
    return [...this.items.values()]
      .filter((row) => row.pk === pk)
      .toSorted((left, right) => (left.sk < right.sk ? 1 : -1));
  }

  async put(row: Row, expected: string | undefined): Promise<boolean> {
    await this.#arrive('put', row.sk);
    if (this.items.get(keyOf(row))?.revision !== expected) return false;
    this.items.set(keyOf(row), row);
    return true;
  }

  async touch(key: { pk: string; sk: string }, revision: string): Promise<boolean> {
    await this.#arrive('touch', key.sk);
    const row = this.items.get(keyOf(key));
    if (!row) return false;
    const { expires: _, ...rest } = row;
    this.items.set(keyOf(key), { ...rest, revision });
    return true;
  }

  async remove(key: { pk: string; sk: string }, expected: string): Promise<boolean> {
    await this.#arrive('remove', key.sk);
    return this.items.get(keyOf(key))?.revision === expected && this.items.delete(keyOf(key));
  }

  calls(): number {
    return this.#calls;
  }

  async #arrive(operation: string, key: string): Promise<void> {
    this.#calls += 1;
    await this.before(operation, key);
  }
}

function keyOf({ pk, sk }: { pk: string; sk: string }): string {
  return `${pk} ${sk}`;
}

/** A registry on a table, whose time stands still until it is set. */
export interface TestRegistry extends Registry {
  readonly table: Table;
  readonly time: { now: number };
  readonly app: App;
  /** Stores a payload for the table `services` and gives what it comes to. */
  post(payload: object): ReturnType<Registry['accept']>;
  /** Sends a request to the app. */
  send(method: string, target: string, options?: SendOptions): Promise<Answer>;
}

interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Anything but text is sent as JSON. */
  readonly body?: unknown;
}

let revisions = 0;

export function registryOn(
  table: Table,
  environment: Environment = {},
  deadline = soon,
  fits: Fits = () => true,
): TestRegistry {
  const config = configWith(environment);
  const time = { now: 1_700_000_000_000 };
  const registry = createRegistry({
    table,
    config,
    random: () => 0,
    now: () => time.now,
    newRevision: () => `r${(revisions += 1)}`,
  });
  const app = createApp({ registry, config, logger: createLogger('silent'), fits });
  return {
    ...registry,
    table,
    time,
    app,
    post: (payload) =>
      registry.accept(readPayload({ table: tableName, ...payload }, true, config.badCandidates), deadline()),
    async send(method, target, { headers = {}, body = '' } = {}) {
      const url = new URL(target, 'http://registry');
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const content = ['GET', 'HEAD'].includes(method) ? {} : { body: text };
      const request = new Request(url, { method, headers, ...content });
      const path = resourcePath(url.pathname, '');
      return answerIn(await app.answer(request, { path, deadline: deadline() }));
    },
  };
}

async function answerIn(response: Response): Promise<Answer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const body = response.headers.has('content-encoding') ? bytes : bytes.toString();
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}

/** A DynamoDB table that the protocol is spoken with; `REGISTRY_TEST_ENDPOINT` names another DynamoDB than our own. */
export async function startTable() {
  const endpoint = process.env['REGISTRY_TEST_ENDPOINT'];
  const name = endpoint === undefined ? tableName : `services-${process.pid}-${performance.now()}`;
  const dynamo = endpoint === undefined ? await startDynamo() : elsewhere(endpoint);
  await createRegistryTable(dynamo.target, name);
  const table = createDynamoTable({ name, random: () => 0, target: dynamo.target });
  return { table, target: dynamo.target, name, stop: () => dynamo[Symbol.asyncDispose]() };
}

function elsewhere(endpoint: string) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return {
    target: { region: 'us-east-1', endpoint, credentials },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
