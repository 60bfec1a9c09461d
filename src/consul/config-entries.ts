import * as z from 'zod';
import type { Deadline } from '../core/deadline.ts';
import { isAppError } from '../core/errors.ts';
import { objectOf } from '../core/objects.ts';
import type { Place } from '../lambda-service/place.ts';
import type { ServiceDefaults, TerminatingGateway } from './api.ts';
import { answerError } from './transport/errors.ts';
import { type Answer, parse, type Requests } from './transport/requests.ts';
import { texts } from './texts.ts';

const envoyExtension = z.looseObject({
  Name: z.string(),
  Required: z.boolean().exactOptional(),
  Arguments: objectOf(z.unknown()).nullable().exactOptional(),
});
const serviceDefaults = z.looseObject({
  Kind: z.literal('service-defaults'),
  Name: z.string(),
  Protocol: z.string().exactOptional(),
  Meta: texts.exactOptional(),
  EnvoyExtensions: z.array(envoyExtension).nullable().exactOptional(),
  ModifyIndex: z.number(),
});
const terminatingGateway = z.looseObject({
  Kind: z.literal('terminating-gateway'),
  Name: z.string(),
  Services: z
    .array(z.looseObject({ Name: z.string(), Namespace: z.string().exactOptional() }))
    .nullable()
    .exactOptional(),
  ModifyIndex: z.number(),
});

/** A config entry of any kind, with the fields of its kind (https://developer.hashicorp.com/consul/docs/fundamentals/config-entry). */
export interface ConfigEntry {
  Kind: string;
  Name: string;
  [field: string]: unknown;
}

const configEntry: z.ZodType<ConfigEntry> = z.looseObject({ Kind: z.string(), Name: z.string() });

/** The config entries of a place. The calls throw as {@link Consul} says. */
export interface ConfigEntries {
  /** Every entry that the token may read. */
  listServiceDefaults(place: Place, deadline: Deadline): Promise<ServiceDefaults[]>;
  serviceDefaults(place: Place, name: string, deadline: Deadline): Promise<ServiceDefaults | undefined>;
  /** Check-and-set; index 0 creates only. False when the entry is no longer at `index`. */
  putServiceDefaults(
    place: Place,
    entry: ServiceDefaults,
    index: number,
    deadline: Deadline,
  ): Promise<boolean>;
  /** Check-and-set delete. False when the entry is no longer at `index`. */
  deleteServiceDefaults(place: Place, name: string, index: number, deadline: Deadline): Promise<boolean>;
  terminatingGateway(place: Place, name: string, deadline: Deadline): Promise<TerminatingGateway | undefined>;
  /** As {@link ConfigEntries.putServiceDefaults}. */
  putTerminatingGateway(
    place: Place,
    entry: TerminatingGateway,
    index: number,
    deadline: Deadline,
  ): Promise<boolean>;
  /**
   * Every entry of a kind, as `service-router`, that the token may read; none where it may read none of the kind, or the
   * server knows no such kind.
   */
  configEntries(place: Place, kind: string, deadline: Deadline): Promise<ConfigEntry[]>;
  /** Whether entries may carry Envoy extensions (1.15 and later): a write that changes nothing under `name`. */
  acceptsEnvoyExtensions(place: Place, name: string, deadline: Deadline): Promise<boolean>;
}

const one = (place: Place, kind: string, name: string) => ({
  place,
  path: `/config/${kind}/{name}`,
  params: { name },
});

/** An index that no entry ever has, so that a write conditional on it changes nothing. */
const noIndex = 4_294_967_295;

/** Reads and writes config entries over `requests` (https://developer.hashicorp.com/consul/api-docs/config). */
export function createConfigEntries(requests: Requests): ConfigEntries {
  let deletesCheckAndSet = false;

  /** Servers that know Envoy extensions (1.15) also check and set deletions (1.12). */
  function learnt<Entry extends ServiceDefaults>(entry: Entry): Entry {
    if ((entry.EnvoyExtensions?.length ?? 0) > 0) deletesCheckAndSet = true;
    return entry;
  }

  const read: ConfigEntries['serviceDefaults'] = async (place, name, deadline) => {
    const request = { ...one(place, 'service-defaults', name), expect: [200, 404] };
    const answer = await requests.send(request, deadline);
    return isMissing(answer) ? undefined : learnt(parse(serviceDefaults, answer));
  };
  const write = async (place: Place, entry: ConfigEntry, index: number, deadline: Deadline) =>
    (await requests.read(z.boolean(), put(place, entry, index), deadline)).body;

  return {
    serviceDefaults: read,
    async listServiceDefaults(place, deadline) {
      const list = { place, path: '/config/service-defaults' };
      return (await requests.read(z.array(serviceDefaults), list, deadline)).body.map(learnt);
    },
    putServiceDefaults: write,
    /**
     * Old servers (1.8) ignore `cas` here, delete whatever they have and answer `{}` where later ones answer true or
     * false. Until a server has proved to be one of those, the entry is read right before, which leaves a moment in which
     * another writer's change can be lost, but no more.
     */
    async deleteServiceDefaults(place, name, index, deadline) {
      if (!deletesCheckAndSet) {
        const entry = await read(place, name, deadline);
        if (entry === undefined) return true;
        if (entry.ModifyIndex !== index) return false;
      }
      const target = one(place, 'service-defaults', name);
      const request = { method: 'DELETE' as const, ...target, query: { cas: String(index) } };
      const { body } = await requests.read(z.boolean().or(z.object({})), request, deadline);
      deletesCheckAndSet = typeof body === 'boolean';
      return body !== false;
    },
    async terminatingGateway(place, name, deadline) {
      const request = { ...one(place, 'terminating-gateway', name), expect: [200, 404] };
      const answer = await requests.send(request, deadline);
      return isMissing(answer) ? undefined : parse(terminatingGateway, answer);
    },
    putTerminatingGateway: write,
    async configEntries(place, kind, deadline) {
      const request = { place, path: '/config/{kind}', params: { kind } };
      try {
        return (await requests.read(z.array(configEntry), request, deadline)).body;
      } catch (error) {
        if (isAppError(error, 'UPSTREAM_AUTH') || isUnknownKind(error)) return [];
        throw error;
      }
    },
    async acceptsEnvoyExtensions(place, name, deadline) {
      const request = { ...put(place, probe(name), noIndex), expect: [200, 400, 403] };
      const { status, body } = await requests.send(request, deadline);
      return status !== 400 || !String(body).includes('invalid config key');
    },
  };
}

/**
 * Whether a read of one entry was answered that there is none.
 * @throws AppError UPSTREAM_REJECTED for a 404 of anything else than Consul
 */
function isMissing({ status, body, site }: Answer): boolean {
  if (status === 200) return false;
  const text = String(body);
  if (text.includes('Config entry not found')) return true;
  throw answerError(site, status, text);
}

/** Servers answer for a kind that they do not know with 400 or 500, and those without config entries with 404. */
function isUnknownKind(error: unknown): boolean {
  if (!isAppError(error, 'UPSTREAM_REJECTED')) return false;
  const { status, said } = error.details;
  return status === 404 || String(said).includes('invalid config entry kind');
}

/** Without what Consul itself adds, some of which it would refuse or JavaScript cannot hold (`Hash` has 64 bits). */
function put(
  place: Place,
  { Hash: _hash, CreateIndex: _create, ModifyIndex: _modify, ...entry }: ConfigEntry,
  index: number,
) {
  const { partition, namespace } = place;
  const body = {
    ...entry,
    ...(partition === undefined ? {} : { Partition: partition }),
    ...(namespace === undefined ? {} : { Namespace: namespace }),
  };
  return {
    place,
    method: 'PUT' as const,
    path: '/config',
    query: { cas: String(index) },
    body: JSON.stringify(body),
  };
}

function probe(name: string): ServiceDefaults {
  const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:probe';
  return {
    Kind: 'service-defaults',
    Name: name,
    Protocol: 'http',
    EnvoyExtensions: [{ Name: 'builtin/aws/lambda', Arguments: { ARN } }],
  };
}
