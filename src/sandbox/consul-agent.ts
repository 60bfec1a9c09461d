import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startServerProcess } from '../local/server-process.ts';
import { freePorts } from './free-ports.ts';

/** A Consul agent in development mode: a server of its own, all in memory, on free ports of 127.0.0.1. */
export interface ConsulAgent {
  version: string;
  /** `http://127.0.0.1:<port>`, of the API and of the UI under `/ui`. */
  address: string;
  close(): Promise<void>;
}

/**
 * Starts `binary` and waits until its catalog can be written.
 * @throws AppError UPSTREAM_UNAVAILABLE with what Consul said
 */
export async function startConsulAgent(binary: string): Promise<ConsulAgent> {
  const { stdout } = await promisify(execFile)(binary, ['version']);
  const [, version = '', major = '', minor = ''] = /Consul v((\d+)\.(\d+)\S*)/.exec(stdout) ?? [];
  const hasGrpcTls = Number(major) > 1 || Number(minor) >= 14;
  const [http, server, serf] = await freePorts(3);
  const ports = {
    http,
    server,
    serf_lan: serf,
    serf_wan: -1,
    dns: -1,
    grpc: -1,
    ...(hasGrpcTls && { grpc_tls: -1 }),
  };
  const settings = JSON.stringify({ ports, node_name: 'sandbox', disable_update_check: true });
  const address = `http://127.0.0.1:${http}`;
  const agent = await startServerProcess({
    name: 'Consul',
    binary,
    args: ['agent', '-dev', '-bind=127.0.0.1', '-client=127.0.0.1', '-hcl', settings],
    isReady: () => isWritable(address),
    startsWithinMs: 60_000,
    endedBy: 'SIGKILL',
    detached: true,
  });
  return { version, address, close: () => agent.end() };
}

/** The agent registers itself once there is a leader to write to. */
async function isWritable(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/v1/catalog/service/consul`);
  return answer.ok && ((await answer.json()) as unknown[]).length > 0;
}
