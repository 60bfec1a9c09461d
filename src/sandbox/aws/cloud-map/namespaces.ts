import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ApiError, operation, type Result } from '../api.ts';
import type { World } from '../world.ts';
import { filters, invalid, isWanted, page, paging } from './pages.ts';
import type { SandboxNamespace } from './model.ts';
import { addNamespace, findNamespace } from './world.ts';

const Name = z.string().regex(/^[!-~]{1,1024}$/);

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_Operations.html, and operations that are done at once. */
export const namespaces = {
  CreateHttpNamespace: creation('HTTP', z.object({ Name })),
  CreatePrivateDnsNamespace: creation('DNS_PRIVATE', z.object({ Name, Vpc: z.string().min(1) })),
  CreatePublicDnsNamespace: creation('DNS_PUBLIC', z.object({ Name })),

  DeleteNamespace: operation(invalid, z.object({ Id: z.string() }), ({ Id }, { world }) => {
    const found = findNamespace(world, Id);
    if (found.services.size > 0) throw new ApiError('ResourceInUse', `${Id} still has services`);
    world.cloudMap.namespaces.delete(found.id);
    return done(world, 'DELETE_NAMESPACE', { NAMESPACE: found.id });
  }),

  ListNamespaces: operation(
    invalid,
    z.object({ ...paging, Filters: filters(['TYPE', 'NAME', 'HTTP_NAME', 'RESOURCE_OWNER']) }),
    (input, context) => {
      const { account, cloudMap } = context.world;
      const { items, next } = page(cloudMap.namespaces.values(), ({ id }) => id, input, context);
      const valueOf = (namespace: SandboxNamespace) => ({
        TYPE: namespace.type,
        NAME: namespace.name,
        HTTP_NAME: namespace.httpName,
        RESOURCE_OWNER: namespace.owner === account ? 'SELF' : 'OTHER_ACCOUNTS',
      });
      const wanted = items.filter((namespace) =>
        input.Filters.every((filter) => isWanted(filter, valueOf(namespace)[filter.Name])),
      );
      return { body: { Namespaces: wanted.map(shown), NextToken: next } };
    },
  ),

  GetOperation: operation(invalid, z.object({ OperationId: z.string() }), ({ OperationId }, { world }) => {
    const found = world.cloudMap.operations.get(OperationId);
    if (found === undefined) throw new ApiError('OperationNotFound', `There is no operation ${OperationId}`);
    return {
      body: { Operation: { Id: OperationId, Type: found.type, Status: 'SUCCESS', Targets: found.targets } },
    };
  }),
};

function creation(type: SandboxNamespace['type'], schema: z.ZodType<{ Name: string }>) {
  return operation(invalid, schema, ({ Name: name }, { world }) => {
    const taken = [...world.cloudMap.namespaces.values()].some(
      (other) => other.name === name && other.owner === world.account && type === 'HTTP',
    );
    if (taken) throw new ApiError('NamespaceAlreadyExists', `There is a namespace ${name}`);
    const { id } = addNamespace(world, name, { type });
    return done(world, 'CREATE_NAMESPACE', { NAMESPACE: id });
  });
}

/** The answer to what goes on in the background on AWS. */
export function done({ cloudMap }: World, type: string, targets: Record<string, string>): Result {
  const OperationId = randomUUID();
  cloudMap.operations.set(OperationId, { type, targets });
  return { body: { OperationId } };
}

function shown({ id, arn, owner, name, type, httpName, services }: SandboxNamespace): object {
  return {
    Id: id,
    Arn: arn,
    ResourceOwner: owner,
    Name: name,
    Type: type,
    ServiceCount: services.size,
    Properties: {
      HttpProperties: { HttpName: httpName },
      ...(type !== 'HTTP' && { DnsProperties: { HostedZoneId: 'Z0SANDBOX' } }),
    },
  };
}
