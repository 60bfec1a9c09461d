import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AppError } from '../core/errors.ts';
import { freePorts } from './free-ports.ts';

const startsWithinMs = 60_000;

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
  const child = spawn(binary, ['agent', '-dev', '-bind=127.0.0.1', '-client=127.0.0.1', '-hcl', settings], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const killNow = (): boolean => child.kill('SIGKILL');
  process.once('exit', killNow);
  child.once('exit', () => process.off('exit', killNow));
  const agent = { version, address: `http://127.0.0.1:${http}`, close: () => end(child) };
  try {
    await ready(agent.address, child);
  } catch (error) {
    await agent.close();
    throw error;
  }
  return agent;
}

/** The agent registers itself once there is a leader to write to. */
async function ready(address: string, child: ChildProcess): Promise<void> {
  let log = '';
  child.stdout?.on('data', (text: Buffer) => {
    log = (log + text.toString()).slice(-2_000);
  });
  const limit = AbortSignal.timeout(startsWithinMs);
  while (child.exitCode === null && !limit.aborted) {
    const answer = await fetch(`${address}/v1/catalog/service/consul`).catch(() => undefined);
    if (answer?.ok && ((await answer.json()) as unknown[]).length > 0) return;
    await sleep(50);
  }
  throw new AppError('UPSTREAM_UNAVAILABLE', `Consul did not start. Its last words:\n${log}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
