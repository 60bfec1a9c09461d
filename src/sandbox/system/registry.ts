import { join } from 'node:path';
import { createLogger } from '../../core/logger.ts';
import { applyConfiguration } from '../../haproxy-process/config-file.ts';
import { reloadByMaster } from '../../haproxy-process/reload.ts';
import { createRegistryTable, startDynamo } from '../../local/dynamodb.ts';
import { composeRegistry } from '../../registry/compose.ts';
import { readRegistryConfig } from '../../registry/config.ts';
import type { ServiceView } from '../../registry/config-file/table-config.ts';
import { startRegistryServer } from '../../registry/server.ts';
import { freePorts } from '../free-ports.ts';
import type { Guardian } from '../guardian.ts';
import { type HaproxyProcess, startHaproxyProcess } from './haproxy-process.ts';

/** A registry over a DynamoDB in this process, and a host whose HAProxy serves what it answers. */
export interface Registry {
  /** Where payloads are posted. */
  readonly url: string;
  /** Port of the host's HAProxy. */
  readonly entry: number;
  /** The file that HAProxy serves. */
  readonly file: string;
  /**
   * Posts what runs on the host, and has HAProxy check and serve what the registry answers.
   * @throws Error with what the registry says when it refuses
   */
  report(payload: object): Promise<readonly ServiceView[]>;
  close(): Promise<void>;
}

const table = 'demo';

/** Starts the registry; its HAProxy starts with the first report. */
export async function startRegistry(haproxyBinary: string, guardian: Guardian): Promise<Registry> {
  const [entry = 0] = await freePorts(1);
  const dynamo = await startDynamo();
  await createRegistryTable(dynamo.target, table);
  const config = readRegistryConfig({
    TABLE_NAME: table,
    BIND: `127.0.0.1:${entry}`,
    STATS_BIND: '',
    LOG: '',
  });
  const app = composeRegistry(config, createLogger('silent'), { target: dynamo.target });
  const server = await startRegistryServer(app, { address: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.port}/generate`;
  const file = join(guardian.folder, 'haproxy.cfg');
  let haproxy: HaproxyProcess | undefined;
  const serve = async (text: string): Promise<void> => {
    const socket = haproxy?.socket;
    const reload = socket === undefined ? undefined : () => reloadByMaster(socket);
    await applyConfiguration({ file, bin: haproxyBinary, reload }, text);
    haproxy ??= await startHaproxyProcess(haproxyBinary, file, `http://127.0.0.1:${entry}/`, guardian);
  };
  return {
    url,
    entry,
    file,
    report: async (payload) => {
      const { config, services } = await post(url, { table, host: 'docker-1', ...payload });
      await serve(config);
      return services;
    },
    close: async () => {
      await haproxy?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await dynamo[Symbol.asyncDispose]();
    },
  };
}

interface Answer {
  readonly config: string;
  readonly services: readonly ServiceView[];
}

async function post(url: string, payload: object): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: JSON.stringify(payload),
  });
  if (!response.ok) throw new Error(`The registry answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
