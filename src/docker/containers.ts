import * as z from 'zod';
import { mapConcurrent } from '../core/concurrency.ts';
import type { Deadline } from '../core/deadline.ts';
import { type AppError, isAppError } from '../core/errors.ts';
import { objectOf } from '../core/objects.ts';
import type { Container, ContainerList, ContainerNetwork, PublishedPort, UnreadContainer } from './api.ts';
import type { Requests } from './requests.ts';
import { signalNumber, sigterm } from './signals.ts';

/** How many containers are inspected at once. */
const inspections = 8;
const defaultStopTimeoutS = 10;

const texts = objectOf(z.string()).nullish();
const network = z.looseObject({ IPAddress: z.string().nullish(), GlobalIPv6Address: z.string().nullish() });
const binding = z.looseObject({ HostIp: z.string().nullish(), HostPort: z.string().nullish() });
const list = z.array(
  z.looseObject({ Id: z.string().regex(/^[\w.-]+$/), Names: z.array(z.string()).nullish() }),
);

/** What is used of https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Container/operation/ContainerInspect */
const inspection = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  State: z.looseObject({
    Status: z.string(),
    StartedAt: z.string().nullish(),
    Health: z.looseObject({ Status: z.string().nullish() }).nullish(),
  }),
  Config: z.looseObject({
    Labels: texts,
    Env: z.array(z.string()).nullish(),
    ExposedPorts: objectOf(z.unknown()).nullish(),
    StopSignal: z.union([z.string(), z.number()]).nullish(),
    StopTimeout: z.number().nullish(),
  }),
  HostConfig: z.looseObject({ NetworkMode: z.string().nullish() }).nullish(),
  NetworkSettings: z
    .looseObject({
      Networks: objectOf(network.nullable()).nullish(),
      Ports: objectOf(z.array(binding).nullable()).nullish(),
    })
    .nullish(),
});
type Inspection = z.infer<typeof inspection>;

/**
 * Lists what runs and inspects each. A container that is gone by then is left out; one that cannot be read is told of beside
 * the others, unless none can be.
 */
export async function listContainers(requests: Requests, deadline: Deadline): Promise<ContainerList> {
  const query = { filters: JSON.stringify({ status: ['running', 'paused'] }) };
  const entries = await requests.read(list, { path: '/containers/json', query }, deadline);
  const looks = await mapConcurrent(entries, inspections, ({ Id, Names }) =>
    look(requests, Id, nameIn(Names?.[0] ?? Id), deadline),
  );
  const unread = looks.flatMap((found) => (found !== undefined && 'error' in found ? [found] : []));
  const [first] = unread;
  if (first !== undefined && unread.length === entries.length) throw first.error;
  const containers = looks.flatMap((found) => (found !== undefined && !('error' in found) ? [found] : []));
  return { containers, unread };
}

async function look(
  requests: Requests,
  id: string,
  name: string,
  deadline: Deadline,
): Promise<Container | UnreadContainer | undefined> {
  try {
    return containerOf(await requests.read(inspection, { path: `/containers/${id}/json` }, deadline));
  } catch (error) {
    if (!isAppError(error) || error.code === 'DEADLINE_EXCEEDED') throw error;
    return isGone(error) ? undefined : { id, name, error };
  }
}

/** Docker answers 404, and some versions 409, for a container that is being removed. */
function isGone({ details }: AppError): boolean {
  return details['status'] === 404 || details['status'] === 409;
}

function containerOf({ Id, Name, State, Config, HostConfig, NetworkSettings }: Inspection): Container {
  const published = Object.entries(NetworkSettings?.Ports ?? {}).flatMap(([key, bindings]) =>
    (bindings ?? []).flatMap((each) => publishedPort(key, each)),
  );
  const exposed = [...Object.keys(Config.ExposedPorts ?? {}), ...Object.keys(NetworkSettings?.Ports ?? {})];
  const timeoutS = Config.StopTimeout ?? defaultStopTimeoutS;
  const startedAt = Date.parse(State.StartedAt ?? '');
  return {
    id: Id,
    name: nameIn(Name),
    status: State.Status,
    health: State.Health?.Status ?? undefined,
    startedAt: Number.isNaN(startedAt) ? undefined : startedAt,
    labels: Config.Labels ?? {},
    env: environmentOf(Config.Env ?? []),
    exposed: [...new Set(exposed.flatMap(tcpPort))].sort((left, right) => left - right),
    published,
    networkMode: HostConfig?.NetworkMode ?? '',
    networks: Object.entries(NetworkSettings?.Networks ?? {})
      .map(networkOf)
      .sort((left, right) => (left.name < right.name ? -1 : 1)),
    stopSignal: signalNumber(String(Config.StopSignal ?? '')) ?? sigterm,
    // Docker takes any negative number for "as long as it takes".
    stopTimeoutMs: timeoutS < 0 ? Infinity : timeoutS * 1000,
  };
}

function nameIn(name: string): string {
  return name.replace(/^\//, '');
}

/** Values may hold any number of `=`; a word without one sets nothing. */
function environmentOf(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.flatMap((word) => {
      const at = word.indexOf('=');
      return at > 0 ? [[word.slice(0, at), word.slice(at + 1)] as const] : [];
    }),
  );
}

/** `80/tcp`, or `80` alone, which is TCP too. */
function tcpPort(key: string): number[] {
  const [, port] = /^([0-9]{1,5})(?:\/tcp)?$/.exec(key) ?? [];
  return port === undefined ? [] : [Number(port)];
}

function publishedPort(key: string, { HostIp, HostPort }: z.infer<typeof binding>): PublishedPort[] {
  const isWildcard = !HostIp || HostIp === '0.0.0.0' || HostIp === '::';
  const hostPort = tcpPort(HostPort ?? '');
  return tcpPort(key).flatMap((port) =>
    hostPort.map((hostPort) => ({ port, hostPort, hostAddress: isWildcard ? undefined : HostIp })),
  );
}

function networkOf([name, settings]: [string, z.infer<typeof network> | null]): ContainerNetwork {
  return {
    name,
    ipv4: settings?.IPAddress || undefined,
    ipv6: settings?.GlobalIPv6Address || undefined,
  };
}
