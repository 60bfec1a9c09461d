import { type Consul, createConsul } from '../consul/client.ts';
import { systemClock } from '../core/clock.ts';
import { deadlineIn } from '../core/deadline.ts';
import type { Report } from '../registrator/model/report.ts';
import { type SandboxAws, startSandboxAws } from './aws/server.ts';
import { addFunction } from './aws/world.ts';
import { type CatalogRow, readCatalog } from './catalog.ts';
import { type ConsulAgent, startConsulAgent } from './consul-agent.ts';
import { sandboxCredentials, withWholeKeys } from './functions.ts';
import { type LambdaFunction, startLambda } from './lambda.ts';
import { foreignService, initialFunctions } from './scenario.ts';

const account = '123456789012';
const catalogWithinMs = 10_000;

/** What one event came to. */
export interface Reconciled {
  /** The API call that was recorded, as `TagResource20170331v2`; undefined for a schedule. */
  call: string | undefined;
  /** What the registrator answered, the catalog as it was told last, and after it; or what went wrong. */
  outcome: { report: Report; before: readonly CatalogRow[]; catalog: readonly CatalogRow[] } | Error;
}

export interface SandboxOptions {
  consulBinary: string;
  /** Whether there is a second datacenter, dc2, joined with the first over the WAN. */
  secondDatacenter: boolean;
  /** URL of the built registrator, and file of the built `main.ts` of this folder. */
  registrator: string;
  lambdaHost: string;
  onReconciled(reconciled: Reconciled): void;
}

/** Real Consul, AWS endpoints with a dozen functions, and the built registrator between them. */
export interface Sandbox {
  consul: { address: string; version: string };
  /** The Consul of the second datacenter, if any. */
  second: { address: string; datacenter: string } | undefined;
  aws: { endpoint: string; region: string; account: string };
  /** Hands the registrator a scheduled event. */
  schedule(): void;
  /** Resolves when every event so far has been dealt with and told of. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the whole system on this machine; every change of a function reaches the registrator as an event.
 * @throws AppError UPSTREAM_UNAVAILABLE when Consul does not start
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const parts: Closable[] = [];
  const close = async (): Promise<void> => {
    for (const part of parts.splice(0).toReversed()) await part.close();
  };
  try {
    return { ...(await startParts(options, parts)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Closable {
  close(): Promise<void> | void;
}

/** Adds what must be closed in the end to `parts`. */
async function startParts(options: SandboxOptions, parts: Closable[]): Promise<Omit<Sandbox, 'close'>> {
  const agent = await startConsulAgent(options.consulBinary);
  parts.push(agent);
  const second = options.secondDatacenter ? await startConsulAgent(options.consulBinary, agent) : undefined;
  if (second) parts.push(second);
  const aws = await startAws();
  parts.push(aws);
  const consul = consulAt(agent);
  parts.push(consul);
  const lambda = startLambda({
    host: options.lambdaHost,
    bundle: options.registrator,
    functionArn: `arn:aws:lambda:${aws.world.region}:${account}:function:lambda-registrator`,
    env: environment(agent, aws),
  });
  parts.push(lambda);
  await register(agent, foreignService);
  const datacenters = [agent.datacenter, ...(second ? [second.datacenter] : [])];
  const read = () => readCatalog(consul, datacenters, deadlineIn(systemClock, catalogWithinMs));
  const queue = eventQueue(lambda, read, options);
  aws.onEvent((event) => queue.handle(event, (event['detail'] as { eventName: string }).eventName));
  return {
    consul: agent,
    second,
    aws: { endpoint: aws.url, region: aws.world.region, account },
    schedule: () =>
      queue.handle({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }, undefined),
    settled: () => queue.settled(),
  };
}

function consulAt({ address }: ConsulAgent): Consul {
  const anonymous = { current: () => Promise.resolve({}), renew: () => Promise.resolve(undefined) };
  const { hostname: host, port } = new URL(address);
  return createConsul({
    address: { host, port: Number(port), secure: false },
    credentials: anonymous,
    names: {},
  });
}

async function startAws(): Promise<SandboxAws> {
  const aws = await startSandboxAws({ account, region: 'eu-west-1' });
  for (const [name, tags] of Object.entries(initialFunctions))
    addFunction(aws.world, name, withWholeKeys(tags));
  return aws;
}

/** The variables that the registrator's Terraform module would set, and those that keep it from any real account. */
function environment(agent: ConsulAgent, aws: SandboxAws): Record<string, string> {
  return {
    CONSUL_HTTP_ADDR: agent.address,
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: aws.world.region,
    AWS_ACCESS_KEY_ID: sandboxCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandboxCredentials.secretAccessKey,
  };
}

/** Registers a service as its own team would. */
async function register(agent: ConsulAgent, service: object): Promise<void> {
  const answer = await fetch(`${agent.address}/v1/catalog/register`, {
    method: 'PUT',
    body: JSON.stringify(service),
  });
  if (!answer.ok) throw new Error(`Consul refused ${JSON.stringify(service)}: ${await answer.text()}`);
}

/** One event after the other, in the order of their arrival. */
function eventQueue(
  lambda: LambdaFunction,
  read: () => Promise<CatalogRow[]>,
  options: Pick<SandboxOptions, 'onReconciled'>,
): { handle(event: unknown, call: string | undefined): void; settled(): Promise<void> } {
  let last = Promise.resolve();
  let known: readonly CatalogRow[] = [];
  async function reconcile(event: unknown): Promise<Reconciled['outcome']> {
    try {
      const report = (await lambda.invoke(event)) as Report;
      const before = known;
      known = await read();
      return { report, before, catalog: known };
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
  return {
    handle: (event, call) => {
      last = last.then(async () => options.onReconciled({ call, outcome: await reconcile(event) }));
    },
    settled: () => last,
  };
}
