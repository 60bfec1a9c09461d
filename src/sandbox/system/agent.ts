import { join } from 'node:path';
import type { Status } from '../../agent/told/status.ts';
import type { ServerProcess } from '../../local/server-process.ts';
import { freePorts } from '../free-ports.ts';
import type { Guardian } from '../guardian.ts';
import { type Program, startProgram } from './program.ts';

/** The agent, in a process of its own, and the HAProxy that it keeps. */
export interface Agent {
  /** Port of HAProxy. */
  readonly entry: number;
  /** `http://127.0.0.1:<port>/`, its status page. */
  readonly page: string;
  /** The agent's configuration. */
  readonly file: string;
  status(): Promise<Status>;
  /** Kills it as the system would that runs out of memory; gives the id of the process that is no more. */
  kill(): Promise<number>;
  /** Starts another one in its place. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface AgentOptions {
  readonly bundle: string;
  readonly haproxy: string;
  /** `http://host:port` of Consul. */
  readonly consul: string;
  /** Port of the proxy that answers for functions. */
  readonly proxy: number;
  readonly guardian: Guardian;
}

/** Starts the agent, which starts HAProxy; returns when HAProxy serves what is in Consul. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { bundle, consul, proxy, haproxy, guardian } = options;
  const [entry = 0, health = 0, admin = 0] = await freePorts(3);
  const dir = join(guardian.folder, 'haproxy');
  const file = join(guardian.folder, 'agent.yaml');
  const text = `bind: ["127.0.0.1:${entry}"]
sources:
  consul: { address: "${consul}" }
lambda: { proxy: ["127.0.0.1:${proxy}"] }
haproxy: { bin: ${JSON.stringify(haproxy)}, dir: ${dir}, log: off, grace: 1s }
apply: { drain: 5s }
health: { bind: "127.0.0.1:${health}" }
admin: { bind: "127.0.0.1:${admin}" }
`;
  const program: Program = {
    name: 'The agent',
    bundle,
    file,
    text,
    readyUrl: `http://127.0.0.1:${health}/readyz`,
    environment: {},
    guard: guardian,
  };
  guardian.keepHaproxy(join(dir, 'master.sock'));
  let agent: ServerProcess = await startProgram(program);
  const page = `http://127.0.0.1:${admin}/`;
  return {
    entry,
    page,
    file,
    status: async () => (await (await fetch(`${page}status`)).json()) as Status,
    kill: async () => {
      await agent.end('SIGKILL');
      return agent.pid;
    },
    restart: async () => {
      agent = await startProgram(program);
    },
    close: () => agent.end(),
  };
}
