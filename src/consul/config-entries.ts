import * as z from 'zod';
import type { Consul, ServiceDefaults } from './api.ts';
import { answerError } from './errors.ts';
import { parse, type Requests } from './requests.ts';

const texts = z.record(z.string(), z.string()).nullable();
const envoyExtension = z.looseObject({
  Name: z.string(),
  Required: z.boolean().exactOptional(),
  Arguments: z.record(z.string(), z.unknown()).nullable().exactOptional(),
});
const serviceDefaults = z.looseObject({
  Kind: z.literal('service-defaults'),
  Name: z.string(),
  Protocol: z.string().exactOptional(),
  Meta: texts.exactOptional(),
  EnvoyExtensions: z.array(envoyExtension).nullable().exactOptional(),
  ModifyIndex: z.number(),
});

type ConfigEntries = Pick<
  Consul,
  | 'listServiceDefaults'
  | 'serviceDefaults'
  | 'putServiceDefaults'
  | 'deleteServiceDefaults'
  | 'acceptsEnvoyExtensions'
>;

const list = { path: '/config/service-defaults' };
const one = (name: string) => ({ path: '/config/service-defaults/{name}', params: { name } });

/** An index that no entry ever has, so that a write conditional on it changes nothing. */
const noIndex = 4_294_967_295;

/** Service-defaults (https://developer.hashicorp.com/consul/api-docs/config). */
export function createConfigEntries(requests: Requests): ConfigEntries {
  let deletesCheckAndSet = false;

  /** Servers that know Envoy extensions (1.15) also check and set deletions (1.12). */
  function learnt<Entry extends ServiceDefaults>(entry: Entry): Entry {
    if ((entry.EnvoyExtensions?.length ?? 0) > 0) deletesCheckAndSet = true;
    return entry;
  }

  const read: ConfigEntries['serviceDefaults'] = async (name, deadline) => {
    const answer = await requests.send({ ...one(name), expect: [200, 404] }, deadline);
    if (answer.status === 200) return learnt(parse(serviceDefaults, answer));
    const text = String(answer.body);
    if (text.includes('Config entry not found')) return undefined;
    throw answerError(answer.site, answer.status, text);
  };

  return {
    serviceDefaults: read,
    async listServiceDefaults(deadline) {
      return (await requests.read(z.array(serviceDefaults), list, deadline)).body.map(learnt);
    },
    async putServiceDefaults(entry, index, deadline) {
      const request = put(entry, index);
      return (await requests.read(z.boolean(), request, deadline)).body;
    },
    /**
     * Old servers (1.8) ignore `cas` here, delete whatever they have and answer `{}` where later ones answer true or
     * false. Until a server has proved to be one of those, the entry is read right before, which leaves a moment in which
     * another writer's change can be lost, but no more.
     */
    async deleteServiceDefaults(name, index, deadline) {
      if (!deletesCheckAndSet) {
        const entry = await read(name, deadline);
        if (entry === undefined) return true;
        if (entry.ModifyIndex !== index) return false;
      }
      const request = { method: 'DELETE' as const, ...one(name), query: { cas: String(index) } };
      const { body } = await requests.read(z.boolean().or(z.object({})), request, deadline);
      deletesCheckAndSet = typeof body === 'boolean';
      return body !== false;
    },
    async acceptsEnvoyExtensions(name, deadline) {
      const request = { ...put(probe(name), noIndex), expect: [200, 400, 403] };
      const { status, body } = await requests.send(request, deadline);
      return status !== 400 || !String(body).includes('invalid config key');
    },
  };
}

/** Without what Consul itself adds, some of which it would refuse or JavaScript cannot hold (`Hash` has 64 bits). */
function put(
  { Hash: _hash, CreateIndex: _create, ModifyIndex: _modify, ...entry }: ServiceDefaults,
  index: number,
) {
  return {
    method: 'PUT' as const,
    path: '/config',
    query: { cas: String(index) },
    body: JSON.stringify(entry),
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
