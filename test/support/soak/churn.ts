import type { Random } from '../../../src/core/random.ts';
import { enabledTag } from '../../../src/lambda-service/tags.ts';
import type { PlainServer } from '../../../src/sandbox/plain-servers.ts';
import { waitUntil } from '../wait-until.ts';
import { routedTags } from '../whole-system/account.ts';
import { deregister, register, type Servers } from '../whole-system/servers.ts';
import type { WholeSystem } from '../whole-system/system.ts';

/** What may change, and what decides about it. */
export interface Changing {
  /** Names of functions. */
  readonly functions: readonly string[];
  readonly services: readonly Servers[];
  readonly random: Random;
}

/** Changes one function or one server at random. */
export async function changeOne(system: WholeSystem, changing: Changing): Promise<void> {
  await (changing.random() < 0.7 ? changeFunction(system, changing) : changeServer(system, changing));
}

/** One that is not there is created; one that is there is tagged or not, or goes. */
async function changeFunction({ account }: WholeSystem, { functions, random }: Changing): Promise<void> {
  const name = pick(random, functions);
  const found = account.aws.world.functions.get(name);
  if (found === undefined) await account.functions.create(name, routedTags(name));
  else if (found.tags[enabledTag] !== 'true') await account.functions.tag(name, { enabled: 'true' });
  else if (random() < 0.3) await account.functions.remove(name);
  else await account.functions.untag(name, ['enabled']);
}

/** One that is registered goes, any other one comes; each tries until Consul has taken it. */
async function changeServer({ consul }: WholeSystem, { services, random }: Changing): Promise<void> {
  const { service, servers } = pick(random, services);
  const server: PlainServer = pick(random, servers);
  await waitUntil('a Consul that takes a change of a server', async () => {
    const found = (await consul.agent.ok('GET', `/v1/catalog/service/${service}`)) as { ServiceID: string }[];
    const isThere = found.some(({ ServiceID }) => ServiceID === server.id);
    await (isThere ? deregister(consul.agent, server) : register(consul.agent, service, server));
    return true;
  });
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick');
  return item;
}
