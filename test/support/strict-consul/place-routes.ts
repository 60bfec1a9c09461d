import { denied, unknownEndpoint } from './refusal.ts';
import type { Call, Handler } from './routes.ts';

/** What Enterprise alone answers: where there may be anything, by method and path. */
export const placeRoutes: Readonly<Record<string, Handler>> = {
  'GET /v1/namespaces': (call) => {
    const { Partition = '', namespaces } = partitionAsked(call);
    const names = [...namespaces].toSorted();
    const shown = call.rights.may('operator', 'read', '')
      ? names
      : names.filter((Namespace) => call.rights.mayAnything({ Partition, Namespace }));
    if (shown.length === 0) throw denied('operator:read');
    if (shown.length < names.length) call.filtered();
    return { body: shown.map((Name) => ({ Name, Description: '', Partition })) };
  },
  'PUT /v1/namespace': (call) => {
    const { Partition, namespaces } = partitionAsked(call);
    const { Name } = call.body as { Name: string };
    if (!call.rights.may('operator', 'write', '')) throw denied('operator:write');
    namespaces.add(Name.toLowerCase());
    return { body: { Name, Description: '', Partition } };
  },
  'GET /v1/partitions': ({ rights, edition }) => {
    if (!edition.partitions) throw unknownEndpoint();
    if (!rights.may('operator', 'read', '')) throw denied('operator:read');
    return { body: [...edition.partitions.keys()].map((Name) => ({ Name, Description: '' })) };
  },
};

function partitionAsked(call: Call): { Partition: string | undefined; namespaces: Set<string> } {
  if (!call.edition.partitions) throw unknownEndpoint();
  const { Partition } = call.edition.partitionOf(call);
  return { Partition, namespaces: call.edition.partitions.get(Partition ?? '') ?? new Set() };
}
