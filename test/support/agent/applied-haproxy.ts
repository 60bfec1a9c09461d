import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApplier } from '../../../src/agent/apply/applier.ts';
import type { AppliedChange, Applier } from '../../../src/agent/apply/api.ts';
import { type ApplierOptions, filesIn } from '../../../src/agent/apply/options.ts';
import type { Configuration, Service } from '../../../src/haproxy/model.ts';
import { type Layout, layoutOf } from '../../../src/haproxy/running/layout.ts';
import type { ServerState } from '../../../src/haproxy/running/server-states.ts';
import { type Processes, parseInfo } from '../../../src/haproxy-process/answers.ts';
import { processesAt } from '../../../src/haproxy-process/reload.ts';
import { serverStates } from '../../../src/haproxy-process/runtime.ts';
import { askOnce } from '../../../src/haproxy-process/socket.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { configuration } from '../haproxy/models.ts';
import { ask } from '../haproxy/requests.ts';
import { haproxyBinary } from '../haproxy/server.ts';

/** What became of a HAProxy, as its applier told. */
interface Told {
  readonly changes: AppliedChange[];
  readonly failures: unknown[];
  readonly lines: string[];
}

/** A folder for a HAProxy that is kept by appliers, one after another. */
export interface AppliedSite extends AsyncDisposable {
  readonly port: number;
  readonly options: ApplierOptions;
  readonly told: Told;
  layoutOf(services: readonly Service[], parts?: Partial<Configuration>): Layout;
  /** Another applier for the same HAProxy; the last one ends HAProxy with the site, if it may. */
  start(given?: Given): Promise<Applier>;
  /** Brings HAProxy to these services; resolves with what was told of it. */
  serve(services: readonly Service[], parts?: Partial<Configuration>): Promise<readonly AppliedChange[]>;
  status(host: string): Promise<number>;
  states(): Promise<ServerState[]>;
  processes(): Promise<Processes>;
}

/** What a test may want otherwise. */
export interface Given {
  readonly haproxy?: Partial<ApplierOptions['haproxy']>;
  readonly apply?: Partial<ApplierOptions['apply']>;
}

/** Times that let a test see things happen at once, and nothing happen that it did not ask for. */
const quick: ApplierOptions['apply'] = {
  debounceMs: 5,
  maxWaitMs: 100,
  minReloadIntervalMs: 0,
  drainMs: 200,
  verifyMs: 5_000,
  resyncMs: 600_000,
};

export async function appliedSite(given: Given = {}): Promise<AppliedSite> {
  const dir = await mkdtemp(join(tmpdir(), 'applied-'));
  const bin = await haproxyBinary();
  const [port = 0] = await freePorts(1);
  const options = optionsIn(dir, bin, given);
  const { socket, masterSocket } = options.haproxy;
  const told: Told = { changes: [], failures: [], lines: [] };
  let applier: Applier | undefined;
  const current = (): Applier => {
    if (applier === undefined) throw new Error('no applier was started');
    return applier;
  };
  return {
    port,
    options,
    told,
    layoutOf: (services, parts) => layoutAt(options, port, services, parts),
    start: async (more = {}) => {
      applier = createApplier(optionsIn(dir, bin, merged(given, more)), listenerOf(told));
      await applier.start();
      return applier;
    },
    serve: async (services, parts) => {
      const before = told.changes.length;
      current().want(layoutAt(options, port, services, parts));
      await current().settled();
      return told.changes.slice(before);
    },
    status: async (host) => (await ask({ ports: { http: port }, host })).status,
    states: () => serverStates(socket),
    processes: () => processesAt(masterSocket),
    [Symbol.asyncDispose]: async () => {
      await applier?.stop();
      const left = await processesAt(masterSocket).catch(() => undefined);
      if (left !== undefined) process.kill(left.master, 'SIGTERM');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What an applier with these options can be told to want. */
export function layoutAt(
  { haproxy: { socket, dir } }: ApplierOptions,
  port: number,
  services: readonly Service[],
  parts: Partial<Configuration> = {},
): Layout {
  const model = configuration({ port, services, ...parts });
  const { map, states: stateFile } = filesIn(dir);
  return layoutOf({ ...model, global: { ...model.global, socket, stateFile } }, map);
}

/** The process that takes commands at a socket. */
export async function workerAt(socket: string): Promise<number> {
  return Number(parseInfo(await askOnce(socket, 'show info')).get('Pid'));
}

function optionsIn(dir: string, bin: string, { haproxy, apply }: Given): ApplierOptions {
  return {
    haproxy: {
      mode: 'start',
      bin,
      dir,
      config: `${dir}/haproxy.cfg`,
      socket: `${dir}/haproxy.sock`,
      masterSocket: `${dir}/master.sock`,
      graceMs: 500,
      ...haproxy,
    },
    apply: { ...quick, ...apply },
  };
}

function merged(left: Given, right: Given): Given {
  return {
    haproxy: { ...left.haproxy, ...right.haproxy },
    apply: { ...left.apply, ...right.apply },
  };
}

function listenerOf({ changes, failures, lines }: Told) {
  return {
    onChange: (change: AppliedChange) => void changes.push(change),
    onFailure: (error: unknown) => void failures.push(error),
    onOutput: (line: string) => void lines.push(line),
  };
}
