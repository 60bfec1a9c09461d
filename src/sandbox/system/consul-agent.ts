import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Guard, startServerProcess } from '../../local/server-process.ts';
import { freePorts } from '../free-ports.ts';

/** A Consul agent in development mode: a server of its own, all in memory, on free ports of 127.0.0.1. */
export interface ConsulAgent {
  version: string;
  datacenter: string;
  /** `http://127.0.0.1:<port>`, of the API and of the UI under `/ui`. */
  address: string;
  /** Where servers of other datacenters join it. */
  wanPort: number;
  close(): Promise<void>;
}

/**
 * Starts `binary` and waits until its catalog can be written: datacenter dc1, or dc2 beside a running dc1, which keeps the
 * config entries of both; then also until each answers for the other.
 * @throws AppError UPSTREAM_UNAVAILABLE with what Consul said
 */
export async function startConsulAgent(
  binary: string,
  guard: Guard,
  primary?: ConsulAgent,
): Promise<ConsulAgent> {
  const { stdout } = await promisify(execFile)(binary, ['version']);
  const [, version = '', major = '', minor = ''] = /Consul v((\d+)\.(\d+)\S*)/.exec(stdout) ?? [];
  const hasGrpcTls = Number(major) > 1 || Number(minor) >= 14;
  const [http, server, serf, wan = -1] = await freePorts(4);
  const ports = {
    http,
    server,
    serf_lan: serf,
    serf_wan: wan,
    dns: -1,
    grpc: -1,
    ...(hasGrpcTls && { grpc_tls: -1 }),
  };
  const place = placeBeside(primary);
  const settings = JSON.stringify({ ports, ...place, node_name: 'sandbox', disable_update_check: true });
  const address = `http://127.0.0.1:${http}`;
  const agent = await startServerProcess({
    name: 'Consul',
    binary,
    args: ['agent', '-dev', '-bind=127.0.0.1', '-client=127.0.0.1', '-hcl', settings],
    isReady: async () => {
      if (!(await isWritable(address))) return false;
      if (!primary) return true;
      return (await answersFor(address, primary.datacenter)) && answersFor(primary.address, place.datacenter);
    },
    startsWithinMs: 60_000,
    endedBy: 'SIGKILL',
    detached: true,
    guard,
  });
  return { version, datacenter: place.datacenter, address, wanPort: wan, close: () => agent.end() };
}

/** https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file/join#retry_join_wan */
function placeBeside(primary: ConsulAgent | undefined): { datacenter: string; [setting: string]: unknown } {
  if (!primary) return { datacenter: 'dc1' };
  return {
    datacenter: 'dc2',
    primary_datacenter: primary.datacenter,
    retry_join_wan: [`127.0.0.1:${primary.wanPort}`],
    retry_interval_wan: '200ms',
  };
}

async function answersFor(address: string, datacenter: string): Promise<boolean> {
  return (await fetch(`${address}/v1/catalog/services?dc=${datacenter}`)).ok;
}

/** The agent registers itself once there is a leader to write to. */
async function isWritable(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/v1/catalog/service/consul`);
  return answer.ok && ((await answer.json()) as unknown[]).length > 0;
}
