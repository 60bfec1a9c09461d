import type { ServerStatus, Status } from '../../agent/told/status.ts';
import { answersOf, startLoad } from '../requests.ts';
import { hostOf, putToConsul, registerServer } from '../system/consul-catalog.ts';
import { ensure, seen, type EdgeStage } from './telling.ts';

const shop = { host: hostOf('shop'), path: '/' };

/** A server is stopped as one should: no request is lost. */
export async function drainedServer(stage: EdgeStage): Promise<void> {
  const { telling, edge, system } = stage;
  const [leaving] = edge.servers;
  if (!leaving) throw new Error('shop has servers');
  telling.chapter('A server stops: it is drained, and no request is lost');
  await stateOf(stage, leaving.id, 'up');
  await using load = startLoad(edge.agent.entry, shop);
  const consul = system.consul.address;
  const maintenance = `/v1/agent/service/maintenance/${leaving.id}?enable=true`;
  await putToConsul(consul, maintenance);
  telling.did(`curl -X PUT '${consul}${maintenance}'`);
  await stateOf(stage, leaving.id, 'drain');
  const answers = await answersOf(edge.agent.entry, shop, 4);
  ensure(!answers.includes(leaving.id), `answers without ${leaving.id}`, answers);
  telling.saw(`${leaving.id} drains; asked four times, ${shop.host} answers: ${answers.join(', ')}`);

  await putToConsul(consul, `/v1/agent/service/deregister/${leaving.id}`);
  telling.did(`curl -X PUT '${consul}/v1/agent/service/deregister/${leaving.id}'`);
  await stateOf(stage, leaving.id, undefined);
  await leaving.stop();
  telling.saw(`${leaving.id} is gone from HAProxy, and ends`);

  await leaving.start();
  await registerServer(consul, leaving);
  await stateOf(stage, leaving.id, 'up');
  const { sent, failed } = await load.stop();
  ensure(failed === 0, 'no request that failed', { sent, failed });
  telling.saw(`${leaving.id} is back; ${sent} requests meanwhile, ${failed} failed`);
}

/** Waits until a server is in a state, or is gone. */
export async function stateOf(
  stage: EdgeStage,
  id: string,
  state: ServerStatus['state'] | undefined,
): Promise<void> {
  const expected = state === undefined ? `${id} gone from HAProxy` : `${id} in state ${state}`;
  const look = async () => placesIn(await stage.edge.agent.status());
  await seen(stage, expected, look, ({ isPending, servers }) => {
    return !isPending && servers.find((one) => one.id.endsWith(id))?.state === state;
  });
}

function placesIn({ services, config }: Status) {
  const servers = services.flatMap((one) => one.servers.map(({ id, state }) => ({ id, state })));
  return { isPending: config.pending, servers };
}
