import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildBundle, bundles } from '../../../scripts/bundles.ts';
import type { Status } from '../../../src/agent/told/status.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { haproxyBinary } from '../../support/haproxy/server.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** A built agent that runs beside a Consul; `await using` stops it and its HAProxy. */
export interface BenchAgent extends AsyncDisposable {
  readonly pid: number;
  /** Of HAProxy. */
  readonly port: number;
  readonly socket: string;
  status(): Promise<Status>;
}

const startsWithinMs = 120_000;

/** @param yaml further keys of the agent's file */
export async function startBenchAgent(consulPort: number, yaml = ''): Promise<BenchAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-bench-'));
  const bundle = bundles.find(({ program }) => program === 'agent');
  if (bundle) await buildBundle(bundle, folder);
  const [port = 0, health = 0, admin = 0] = await freePorts(3);
  const file = join(folder, 'agent.yaml');
  await writeFile(
    file,
    `bind: ["127.0.0.1:${port}"]
sources: { consul: { address: "http://127.0.0.1:${consulPort}" } }
haproxy: { bin: ${resolve(await haproxyBinary())}, dir: ${join(folder, 'state')}, log: off, grace: 1s }
health: { bind: "127.0.0.1:${health}" }
admin: { bind: "127.0.0.1:${admin}" }
${yaml}`,
  );
  const child = spawn(process.execPath, [join(folder, 'agent', 'index.mjs'), file], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'error' },
  });
  const answers = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined))?.status === 200;
  await waitUntil('the agent', answers, startsWithinMs);
  return {
    pid: child.pid ?? 0,
    port,
    socket: join(folder, 'state', 'haproxy.sock'),
    status: async () => (await (await fetch(`http://127.0.0.1:${admin}/status`)).json()) as Status,
    [Symbol.asyncDispose]: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Processor time of a process so far, in milliseconds; Linux only (proc_pid_stat(5): utime and stime in ticks of 10 ms). */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Memory of a process in MB; Linux only. */
export function residentMb(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
