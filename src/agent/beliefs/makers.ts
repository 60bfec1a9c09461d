import { createHash } from 'node:crypto';
import { createCloudMap } from '../../aws/cloud-map/cloud-map.ts';
import { consulNames } from '../../config/consul-file.ts';
import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { Secret } from '../../core/secret.ts';
import { connectConsul } from '../../daemon/consul.ts';
import { createDocker } from '../../docker/client.ts';
import type { AgentConfig } from '../config.ts';
import type { SourceName } from '../model/agent-model.ts';
import type { RunningSource, SourceListener } from '../model/sighting.ts';
import { startCloudMapSource } from '../sources/cloud-map/source.ts';
import { startConsulSource } from '../sources/consul/source.ts';
import { startDockerSource } from '../sources/docker.ts';
import { startFileSource } from '../sources/file.ts';
import type { SourceMaker } from './followed-source.ts';

type Sources = AgentConfig['sources'];

interface SourceParts {
  readonly clock: Clock;
  readonly random: Random;
}

/** The sources of a configuration, each with a client of its own that is closed with it. */
export function sourceMakers(
  { sources, lambda }: Pick<AgentConfig, 'sources' | 'lambda'>,
  parts: SourceParts,
): readonly SourceMaker[] {
  const { file, docker, consul, cloudMap } = sources;
  return [
    ...(file ? [maker('file', file, (listener) => startFileSource(file.path, listener))] : []),
    ...(docker ? [dockerMaker(docker, parts)] : []),
    ...(consul ? [consulMaker({ ...consul, functionHost: lambda?.host ?? '' }, parts)] : []),
    ...(cloudMap ? [cloudMapMaker(cloudMap, parts)] : []),
  ];
}

export function dockerMaker(docker: NonNullable<Sources['docker']>, parts: SourceParts): SourceMaker {
  return maker('docker', docker, (listener) => {
    const client = createDocker(docker.address, parts.clock);
    return closing(startDockerSource(client, docker, listener, parts), () => client.close());
  });
}

function consulMaker(
  consul: NonNullable<Sources['consul']> & { functionHost: string },
  parts: SourceParts,
): SourceMaker {
  return maker('consul', consul, (listener) => {
    const { settings, maxConnections } = consul;
    const client = connectConsul(settings, consulNames('sources.consul'), parts.random, { maxConnections });
    return closing(startConsulSource(consul, client, listener, parts), () => client.close());
  });
}

function cloudMapMaker(cloudMap: NonNullable<Sources['cloudMap']>, parts: SourceParts): SourceMaker {
  return maker('cloud_map', cloudMap, (listener) => startOfCloudMap(cloudMap, listener, parts));
}

/** Its client is there a moment later; where the file of authorities cannot be read, whenever it is asked to look again. */
function startOfCloudMap(
  { region, endpoint, caFile, ...settings }: NonNullable<Sources['cloudMap']>,
  listener: SourceListener,
  parts: SourceParts,
): RunningSource {
  let running: RunningSource | undefined;
  let isStarting = false;
  let isClosed = false;
  async function start(): Promise<void> {
    isStarting = true;
    try {
      const client = await createCloudMap({ region, endpoint, caFile, ...parts });
      if (isClosed) return await client.close();
      const source = startCloudMapSource({ region, ...settings }, client, listener, parts);
      running = closing(source, () => client.close());
    } catch (error) {
      listener.onFailure(error);
    } finally {
      isStarting = false;
    }
  }
  void start();
  return {
    refresh: () => {
      if (running !== undefined) running.refresh();
      else if (!isStarting) void start();
    },
    close: () => {
      isClosed = true;
      running?.close();
    },
  };
}

function maker(
  name: SourceName,
  settings: unknown,
  start: (listener: SourceListener) => RunningSource,
): SourceMaker {
  return { name, identity: identityOf(settings), start };
}

/** Secrets are told from others by what they are, which a hash does not give away. */
function identityOf(settings: unknown): string {
  const text = JSON.stringify(settings, function (this: Readonly<Record<string, unknown>>, key, value) {
    const member = this[key];
    return member instanceof Secret ? member.reveal() : (value as unknown);
  });
  return createHash('sha256').update(text).digest('base64');
}

/** A source with its client, which is closed after it. */
function closing(source: RunningSource, closeClient: () => void | Promise<void>): RunningSource {
  return {
    refresh: () => source.refresh(),
    close: () => {
      source.close();
      // What is still under way there ends with it.
      void Promise.resolve(closeClient()).catch(() => {});
    },
  };
}
