import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import type { Consul } from '../../../src/consul/client.ts';
import { enabledTag } from '../../../src/lambda-service/tags.ts';
import { emptyCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import type { ConsulServer } from '../../support/consul/server.ts';
import { hasExtensions } from '../../support/registrator/lambda-pairs.ts';
import { fullSync } from '../../support/registrator/registrator.ts';
import { inTurn, medianOf, ratio, type Row, timed } from '../harness.ts';
import { type Aws, consulLatencyMs, fill, measured, partsOf, writeNode, writePair } from './world.ts';

const size = 1000;
const pageSize = 100;

/** Full syncs of 1,000 functions, first and without changes, and of a few among many. */
export async function fullSyncs(server: ConsulServer, aws: Aws): Promise<Row[]> {
  const near = consulClient(server);
  try {
    const distant = measured(near, consulLatencyMs);
    fill(aws, size);
    return [
      await firstSync(server, aws, distant),
      ...(await steadySync(server, aws, distant)),
      await sparseSync(server, aws, near),
    ];
  } finally {
    near.close();
  }
}

type Measured = ReturnType<typeof measured>;

/** Against the same writes one at a time: what a registrator without batches and concurrency would take. */
async function firstSync(server: ConsulServer, aws: Aws, { consul, count }: Measured): Promise<Row> {
  let writes = 0;
  const single = async (): Promise<number> => {
    await emptyCatalog(server);
    await writeNode(consul);
    return timed(async () => {
      for (let index = 0; index < size; index += 1) await writePair(consul, server, `fn-${index}`);
    });
  };
  const sync = async (): Promise<number> => {
    await emptyCatalog(server);
    const before = count.writes;
    const ms = await timed(() => fullSync(partsOf(aws, consul)));
    writes = count.writes - before;
    return ms;
  };
  const gain = await medianOf(3, async (at) => {
    const [singleMs, syncMs] = await inTurn(at, single, sync);
    return singleMs / syncMs;
  });
  const what = `first sync of ${size}, so many times faster`;
  return ratio(what, gain, 'one write at a time', { atLeast: 7 }, `, ${writes} calls that write`);
}

/** Against its pages of the tagging index, which can only be read one after the other. */
async function steadySync(server: ConsulServer, aws: Aws, { consul, count }: Measured): Promise<Row[]> {
  const parts = partsOf(aws, consul);
  await fullSync(parts);
  Object.assign(count, { reads: 0, writes: 0 });
  const callsBefore = parts.functions.calls();
  await fullSync(parts);
  const { reads, writes } = count;
  const calls = parts.functions.calls() - callsBefore;
  const client = new ResourceGroupsTaggingAPIClient({ ...aws.target, maxAttempts: 1 });
  const cost = await medianOf(15, async (at) => {
    const [syncMs, pagesMs] = await inTurn(
      at,
      () => timed(() => fullSync(parts)),
      () => timed(() => readPages(client)),
    );
    return syncMs / pagesMs;
  });
  client.destroy();
  // A server without Envoy extensions is asked each time whether it has them by now.
  const mostReads = hasExtensions(server) ? 2 : 3;
  const isMet = calls <= 12 && reads <= mostReads && writes === 0;
  const figure = `${calls} AWS calls, ${reads} Consul reads, ${writes} writes`;
  return [
    ratio(`sync of ${size} without changes`, cost, `its ${size / pageSize} pages`, { atMost: 2.5 }),
    { what: '', figure, goal: { text: `at most 12, ${mostReads} and 0`, isMet } },
  ];
}

async function readPages(client: ResourceGroupsTaggingAPIClient): Promise<void> {
  const wanted = { TagFilters: [{ Key: enabledTag }], ResourceTypeFilters: ['lambda:function'] };
  let token: string | undefined;
  let read = 0;
  do {
    const input = { ...wanted, ResourcesPerPage: pageSize, PaginationToken: token };
    const page = await client.send(new GetResourcesCommand(input));
    read += page.ResourceTagMappingList?.length ?? 0;
    token = page.PaginationToken;
  } while (token);
  if (read !== size) throw new Error(`the pages hold ${read} functions`);
}

/** With few tagged among many functions, which must not be looked at one by one. */
async function sparseSync(server: ConsulServer, aws: Aws, consul: Consul): Promise<Row> {
  await emptyCatalog(server);
  fill(aws, 300, 9700);
  const parts = partsOf(aws, consul);
  await fullSync(parts);
  const before = parts.functions.calls();
  await fullSync(parts);
  const calls = parts.functions.calls() - before;
  await emptyCatalog(server);
  const goal = { text: 'at most 12', isMet: calls <= 12 };
  return { what: 'sync of 300 tagged of 10,000 without changes', figure: `${calls} AWS calls`, goal };
}
