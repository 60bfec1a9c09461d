import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Configuration, Service } from '../../../src/haproxy/model.ts';
import { type Changes, type Version, changesBetween } from '../../../src/haproxy/running/changes.ts';
import { configText, type Layout, layoutOf, mapText } from '../../../src/haproxy/running/layout.ts';
import { parseInfo, versionIn } from '../../../src/haproxy-process/answers.ts';
import { type FileText, applyConfiguration } from '../../../src/haproxy-process/config-file.ts';
import { processesAt, reloadByMaster } from '../../../src/haproxy-process/reload.ts';
import { Removals } from '../../../src/haproxy-process/removals.ts';
import { runCommands, saveServerStates, serverStates } from '../../../src/haproxy-process/runtime.ts';
import { askOnce } from '../../../src/haproxy-process/socket.ts';
import { Supervisor, type Supervision } from '../../../src/haproxy-process/supervisor.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { configuration } from './models.ts';
import { haproxyBinary } from './server.ts';
import { waitUntil } from '../wait-until.ts';

/** A HAProxy with a master, its routes in a map, and a folder of its own; `await using` stops it. */
export interface RunningSite extends AsyncDisposable {
  readonly folder: string;
  readonly file: string;
  readonly socket: string;
  readonly masterSocket: string;
  readonly port: number;
  readonly bin: string;
  readonly version: Version;
  readonly supervisor: Supervisor;
  readonly removals: Removals;
  /** What HAProxy wrote, and what became of it. */
  readonly told: string[];
  layoutOf(services: readonly Service[], parts?: Partial<Configuration>): Layout;
  filesBeside(layout: Layout): FileText[];
  /** Makes it serve these, by commands alone where that is possible. */
  change(services: readonly Service[], parts?: Partial<Configuration>): Promise<Changes>;
  /** Makes it serve these by a reload. */
  reload(services: readonly Service[], parts?: Partial<Configuration>): Promise<void>;
}

/** What a test may want otherwise. */
interface Given {
  parts?: Partial<Configuration>;
  drainMs?: number;
  supervision?: Partial<Supervision>;
}

export async function startSite(
  services: readonly Service[],
  { parts = {}, drainMs = 5_000, supervision = {} }: Given = {},
): Promise<RunningSite> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-site-'));
  const bin = await haproxyBinary();
  const [port = 0] = await freePorts(1);
  const file = join(folder, 'haproxy.cfg');
  const mapFile = join(folder, 'routes.map');
  const stateFile = join(folder, 'server-state');
  const socket = join(folder, 'haproxy.sock');
  const masterSocket = join(folder, 'master.sock');
  const layoutFor = (services: readonly Service[], more: Partial<Configuration> = {}): Layout => {
    const model = configuration({ port, services, ...parts, ...more });
    return layoutOf({ ...model, global: { ...model.global, socket, stateFile } }, mapFile);
  };
  const filesBeside = ({ map }: Layout): FileText[] => [{ file: mapFile, text: mapText(map) }];
  let running = layoutFor(services);
  await saveServerStates(stateFile, [], running);
  await applyConfiguration(
    { file, bin, reload: () => Promise.resolve() },
    configText(running),
    filesBeside(running),
  );
  const told: string[] = [];
  const supervisor = new Supervisor({
    bin,
    file,
    beside: [mapFile],
    masterSocket,
    graceMs: 1_000,
    onOutput: (line) => told.push(line),
    onEnd: (why) => told.push(why),
    onRestart: () => told.push('restarted'),
    ...supervision,
  });
  supervisor.start();
  const version = await waitUntil('HAProxy', async () =>
    versionIn(parseInfo(await askOnce(socket, 'show info')).get('Version') ?? ''),
  );
  await waitUntil('its master', () => processesAt(masterSocket));
  const removals = new Removals(socket, () => drainMs);
  const reload = async (wanted: Layout): Promise<void> => {
    const bring = async (): Promise<void> => {
      await saveServerStates(stateFile, await serverStates(socket), wanted);
      await reloadByMaster(masterSocket);
      removals.clear();
    };
    await applyConfiguration({ file, bin, reload: bring }, configText(wanted), filesBeside(wanted));
    running = wanted;
  };
  return {
    folder,
    file,
    socket,
    masterSocket,
    port,
    bin,
    version,
    supervisor,
    removals,
    told,
    layoutOf: layoutFor,
    filesBeside,
    change: async (services, parts) => {
      const wanted = layoutFor(services, parts);
      const changes = changesBetween(running, wanted, version);
      const bring = (): Promise<void> => runCommands(socket, changes.runtime, removals);
      if (changes.reload) {
        await bring();
        await reload(wanted);
      } else await applyConfiguration({ file, reload: bring }, configText(wanted), filesBeside(wanted));
      running = changes.reload ? wanted : changes.after;
      return changes;
    },
    reload: (services, parts) => reload(layoutFor(services, parts)),
    [Symbol.asyncDispose]: async () => {
      removals.clear();
      await supervisor.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
