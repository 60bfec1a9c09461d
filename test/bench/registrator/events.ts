import { LambdaClient, ListTagsCommand } from '@aws-sdk/client-lambda';
import type { Consul } from '../../../src/consul/client.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { emptyCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import type { ConsulServer } from '../../support/consul/server.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { functionArn } from '../../support/aws/sandbox-aws.ts';
import { inTurn, medianOf, ratio, type Row, timed } from '../harness.ts';
import { type Aws, consulLatencyMs, enable, fill, measured, partsOf, writePair } from './world.ts';

/** From the event of a new function until its service is in the catalog, against the calls that nobody can do without. */
export async function eventToVisible(server: ConsulServer, aws: Aws): Promise<Row> {
  const near = consulClient(server);
  const { consul } = measured(near, consulLatencyMs);
  const client = new LambdaClient({ ...aws.target, maxAttempts: 1 });
  fill(aws, 10);
  const parts = partsOf(aws, consul);
  await fullSync(parts);
  const sync = (name: string): Promise<number> => {
    enable(aws, name);
    return untilVisible(server, name, () => syncOf(parts, name));
  };
  const blind = (name: string): Promise<number> => {
    enable(aws, name);
    return untilVisible(server, name, async () => {
      await client.send(new ListTagsCommand({ Resource: functionArn(name) }));
      await writePair(consul, server, name);
    });
  };
  const cost = await medianOf(25, async (at) => {
    const [syncMs, blindMs] = await inTurn(
      at,
      () => sync(`late-${at}`),
      () => blind(`blind-${at}`),
    );
    return syncMs / blindMs;
  });
  client.destroy();
  near.close();
  return ratio('event to visible', cost, 'one AWS read and two blind writes', { atMost: 1.5 });
}

/** Milliseconds until whoever watches the service sees it; `work` is waited for after that. */
async function untilVisible(
  server: ConsulServer,
  name: string,
  work: () => Promise<unknown>,
): Promise<number> {
  const { headers } = await server.call('GET', `/v1/catalog/service/${name}`);
  const start = performance.now();
  const working = work();
  const [ms] = await Promise.all([
    watch(server, name, headers.get('x-consul-index') ?? '0').then(() => performance.now() - start),
    working,
  ]);
  return ms;
}

/** A blocking query (https://developer.hashicorp.com/consul/api-docs/features/blocking), which Consul may also wake for nothing. */
async function watch(server: ConsulServer, name: string, index: string): Promise<void> {
  const path = `/v1/catalog/service/${name}?wait=10s&index=${index}`;
  const { body, headers } = await server.call('GET', path);
  if ((body as unknown[]).length > 0) return;
  await watch(server, name, headers.get('x-consul-index') ?? '0');
}

/** An account and a Consul in which its functions are registered. */
interface Scene extends ConsulAndAws {
  consul: Consul;
  parts: Registrator;
  count: ReturnType<typeof measured>['count'];
  /** Of the last event. */
  awsCalls: number;
}

interface ConsulAndAws {
  server: ConsulServer;
  aws: Aws;
}

/** What befalls a function, in this order, and what the report then counts. */
const kinds = {
  created: (aws: Aws, name: string) => enable(aws, name),
  unchanged: () => {},
  updated: (aws: Aws, name: string) => enable(aws, name, { 'payload-passthrough': 'true' }),
  deleted: (aws: Aws, name: string) => void aws.world.functions.delete(name),
};
type Kind = keyof typeof kinds;

/** How much longer each kind of event takes beside 10,000 registered services than beside 10. */
export async function eventsBesideMany(left: ConsulAndAws, right: ConsulAndAws): Promise<Row[]> {
  const few = await sceneWith(10, left);
  const many = await sceneWith(10_000, right);
  const longer = (time: (scene: Scene, at: number) => Promise<number>): Promise<number> =>
    medianOf(15, async (at) => {
      const [fewMs, manyMs] = await inTurn(
        at,
        () => time(few, at),
        () => time(many, at),
      );
      return manyMs - fewMs;
    });
  const scan = await longer(({ server }) => timed(() => scanNode(server)));
  const rows: Row[] = [];
  for (const kind of Object.keys(kinds) as Kind[]) {
    const ms = await longer((scene, at) => eventTime(scene, kind, `late-${at}`));
    rows.push({
      what: `event beside 10,000 services: ${kind}`,
      figure: `${ms.toFixed(0)} ms more, ${(ms / scan).toFixed(1)} × Consul's scan; ${costOf(many)}`,
      goal: { text: 'at most 40 ms', isMet: ms <= 40 },
    });
  }
  few.consul.close();
  many.consul.close();
  return [{ what: "Consul's own scan of a node of 10,000", figure: `${scan.toFixed(0)} ms more` }, ...rows];
}

async function sceneWith(registered: number, { server, aws }: ConsulAndAws): Promise<Scene> {
  await emptyCatalog(server);
  fill(aws, registered);
  const { consul, count } = measured(consulClient(server), 0);
  const parts = partsOf(aws, consul);
  await fullSync(parts);
  return { server, aws, consul, parts, count, awsCalls: 0 };
}

/** Milliseconds that a registrator takes for one event. */
async function eventTime(scene: Scene, kind: Kind, name: string): Promise<number> {
  const { aws, parts, count } = scene;
  kinds[kind](aws, name);
  Object.assign(count, { reads: 0, writes: 0 });
  const callsBefore = parts.functions.calls();
  const start = performance.now();
  const { counts } = await syncOf(parts, name);
  const ms = performance.now() - start;
  if (counts[kind] !== 1) throw new Error(`the event of ${name} came to ${JSON.stringify(counts)}`);
  scene.awsCalls = parts.functions.calls() - callsBefore;
  return ms;
}

/** What the last event took. */
function costOf({ awsCalls, count: { reads, writes } }: Scene): string {
  return `${awsCalls} AWS calls, ${reads} reads, ${writes} writes`;
}

/** One look at every service of the node, with an answer that holds none. */
async function scanNode(server: ConsulServer): Promise<void> {
  const filter = encodeURIComponent('Service == "nothing"');
  await server.ok('GET', `/v1/catalog/node-services/lambdas?filter=${filter}`);
}
