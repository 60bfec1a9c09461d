import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Status } from '../../../src/agent/told/status.ts';
import { processesAt } from '../../../src/haproxy-process/reload.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { haproxyBinary } from '../haproxy/server.ts';
import { type BuiltProgram, buildProgram, type ProgramProcess, startProgram } from '../program-process.ts';
import { waitUntil } from '../wait-until.ts';

/** Where an agent of a test lives: its folder and ports outlive it, and so does its HAProxy. */
export interface AgentSite {
  readonly folder: string;
  /** HAProxy's folder. */
  readonly state: string;
  /** Of HAProxy, of the health listener, of the admin listener. */
  readonly ports: { readonly http: number; readonly health: number; readonly admin: number };
  /** The agent's file. */
  readonly file: string;
  /** Writes the file: these keys, and those that a test needs. */
  write(yaml: string): Promise<void>;
  /** Starts an agent with the file. */
  start(env?: Readonly<Record<string, string>>): AgentProcess;
  /** Starts an agent without a file, with these variables beside those of the site. */
  startWithoutFile(env: Readonly<Record<string, string>>): AgentProcess;
}

export interface AgentProcess extends ProgramProcess {
  status(): Promise<Status>;
  /** The status when it is as wanted. */
  shows(what: string, isWanted: (status: Status) => unknown): Promise<Status>;
  health(path?: string): Promise<{ readonly status: number; readonly body: string }>;
}

export function buildAgent(): Promise<BuiltProgram> {
  return buildProgram('agent');
}

/** A site on free ports; its HAProxy ends and its folder goes with the test. */
export async function useAgentSite(built: BuiltProgram): Promise<AgentSite> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-site-'));
  const state = join(folder, 'state');
  const [http = 0, health = 0, admin = 0] = await freePorts(3);
  const file = join(folder, 'agent.yaml');
  const bin = resolve(await haproxyBinary());
  onTestFinished(async () => {
    await endHaproxy(join(state, 'master.sock'));
    // A worker that was just starting may still make its sockets.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  const write = (yaml: string): Promise<void> =>
    writeFile(
      file,
      `bind: ["127.0.0.1:${http}"]
health: { bind: "127.0.0.1:${health}" }
admin: { bind: "127.0.0.1:${admin}" }
haproxy: { bin: ${bin}, dir: ${state}, log: off, grace: 2s }
${yaml}`,
    );
  const own = {
    BIND: `127.0.0.1:${http}`,
    HEALTH_BIND: `127.0.0.1:${health}`,
    ADMIN_BIND: `127.0.0.1:${admin}`,
    STATE_DIRECTORY: state,
    HAPROXY_BIN: bin,
  };
  return {
    folder,
    state,
    ports: { http, health, admin },
    file,
    write,
    startWithoutFile: (env) => agentProcess(startProgram(built, [], { ...own, ...env }), { health, admin }),
    start: (env = {}) => agentProcess(startProgram(built, [file], env), { health, admin }),
  };
}

function agentProcess(
  started: ProgramProcess,
  { health, admin }: { health: number; admin: number },
): AgentProcess {
  const status = async (): Promise<Status> =>
    (await (await fetch(`http://127.0.0.1:${admin}/status`)).json()) as Status;
  const shows = (what: string, isWanted: (status: Status) => unknown): Promise<Status> =>
    waitUntil(what, async () => {
      const now = await status().catch(() => undefined);
      return now !== undefined && isWanted(now) ? now : undefined;
    });
  return {
    ...started,
    status,
    shows,
    health: async (path = '/') => {
      const answer = await fetch(`http://127.0.0.1:${health}${path}`);
      return { status: answer.status, body: await answer.text() };
    },
  };
}

/** Ends a HAProxy that an agent has left. */
export async function endHaproxy(masterSocket: string): Promise<void> {
  const running = await processesAt(masterSocket).catch(() => undefined);
  if (running === undefined) return;
  process.kill(running.master, 'SIGTERM');
  await waitUntil(
    'the end of HAProxy',
    async () => (await processesAt(masterSocket).catch(() => 'gone')) === 'gone',
  );
}
