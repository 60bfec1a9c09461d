import { type ConsulServer, startConsul, startConsulCluster } from '../consul/server.ts';
import { type FaultyFront, startFaultyFront } from '../http/faulty-front.ts';
import { waitUntil } from '../wait-until.ts';

/** Three servers, the agent of one machine, and a front on the way to it that can misbehave. */
export interface ConsulCluster {
  readonly servers: readonly ConsulServer[];
  /** Passes on what it is asked. */
  readonly agent: ConsulServer;
  /** What the programs speak to. */
  readonly front: FaultyFront;
  /** The server that leads the others, asked for until there is one. */
  leader(): Promise<ConsulServer>;
  close(): Promise<void>;
}

export async function startCluster(): Promise<ConsulCluster> {
  const servers = await startConsulCluster(3);
  const agent = await startConsul({ joins: servers.map(({ serf }) => serf) });
  const front = await startFaultyFront(agent);
  return {
    servers,
    agent,
    front,
    leader: () => waitUntil('a leader', () => leaderOf(servers)),
    close: async () => {
      await front.close();
      await Promise.all([agent, ...servers].map((each) => each.close()));
    },
  };
}

/** As the first of the servers knows it that answers. */
async function leaderOf(servers: readonly ConsulServer[]): Promise<ConsulServer | undefined> {
  for (const server of servers) {
    const answer = await server.call('GET', '/v1/operator/raft/configuration').catch(() => undefined);
    if (answer?.status !== 200) continue;
    const { Servers } = answer.body as { Servers: { Node: string; Leader: boolean }[] };
    const at = Servers.find(({ Leader }) => Leader)?.Node.replace('agent-', '');
    if (at !== undefined) return servers[Number(at)];
  }
  return undefined;
}
