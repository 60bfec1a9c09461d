import { startLoad } from '../requests.ts';
import { hostOf } from '../system/consul-catalog.ts';
import { stateOf } from './draining.ts';
import { ensure, seen, type EdgeStage } from './telling.ts';

const requestsMeanwhile = 200;

/** The agent is killed: HAProxy serves on, and the next agent takes it over. */
export async function killedAgent(stage: EdgeStage): Promise<void> {
  const { telling, edge } = stage;
  const { agent } = edge;
  telling.chapter('The agent is killed: HAProxy serves on, and the next agent takes it over');
  await stateOf(stage, 'shop-1', 'up');
  const before = (await agent.status()).haproxy;
  await using load = startLoad(agent.entry, { host: hostOf('shop'), path: '/' });
  telling.did(`kill -9 ${await agent.kill()}`);
  await seen(
    stage,
    'requests without an agent',
    async () => load.sent(),
    (sent) => sent >= requestsMeanwhile,
  );
  telling.saw(`HAProxy (process ${before.pid}) serves on`);

  await agent.restart();
  telling.did(`lambda-registrator agent ${agent.file}`);
  const { haproxy } = await agent.status();
  const { sent, failed } = await load.stop();
  const isSame = haproxy.pid === before.pid && haproxy.reloads === before.reloads;
  ensure(isSame, `process ${before.pid} after ${before.reloads} reloads`, haproxy);
  ensure(failed === 0, 'no request that failed', { sent, failed });
  telling.saw(`it has process ${haproxy.pid}, not restarted or reloaded; ${sent} requests, ${failed} failed`);
}
