import { randomUUID } from 'node:crypto';
import { ApiError } from '../api.ts';
import type { World } from '../world.ts';
import type { SandboxNamespace, SandboxService } from './model.ts';

/** Adds a namespace, an HTTP one of the account itself unless told otherwise. */
export function addNamespace(
  { account, region, partition, cloudMap }: World,
  name: string,
  more: Partial<Pick<SandboxNamespace, 'owner' | 'type'>> = {},
): SandboxNamespace {
  const { owner = account, type = 'HTTP' } = more;
  const id = newId('ns');
  const isTaken = [...cloudMap.namespaces.values()].some(
    (other) => other.httpName === name && other.owner === owner,
  );
  const added: SandboxNamespace = {
    id,
    arn: `arn:${partition}:servicediscovery:${region}:${owner}:namespace/${id}`,
    owner,
    name,
    httpName: isTaken ? `${name}-${id.slice(-8)}` : name,
    type,
    services: new Map(),
  };
  cloudMap.namespaces.set(id, added);
  return added;
}

/** Adds a service without instances, and without health checks unless told otherwise. */
export function addService(
  namespace: SandboxNamespace,
  name: string,
  { check = 'none', records = [] }: Partial<Pick<SandboxService, 'check' | 'records'>> = {},
): SandboxService {
  const id = newId('srv');
  const arn = namespace.arn.replace(/:namespace\/.*$/, `:service/${id}`);
  const added: SandboxService = { id, arn, name, records, check, instances: new Map(), revision: 1 };
  namespace.services.set(id, added);
  return added;
}

/** Registers an instance, in place of the one that has its id. */
export function register(service: SandboxService, id: string, attributes: Record<string, string>): void {
  const { AWS_INIT_HEALTH_STATUS: initial = 'HEALTHY', ...kept } = attributes;
  const health = service.check === 'custom' && initial === 'UNHEALTHY' ? 'UNHEALTHY' : 'HEALTHY';
  service.instances.set(id, {
    id,
    attributes: kept,
    health: service.check === 'none' ? 'UNKNOWN' : health,
  });
  service.revision += 1;
}

export function deregister(service: SandboxService, id: string): void {
  if (!service.instances.delete(id)) throw instanceNotFound(id);
  service.revision += 1;
}

export function instanceNotFound(id: string): ApiError {
  return new ApiError('InstanceNotFound', `There is no instance ${id}`);
}

/** The namespace of an id, or of an ARN, without which none of another account is found. */
export function findNamespace({ account, cloudMap }: World, idOrArn: string): SandboxNamespace {
  const found = [...cloudMap.namespaces.values()].find(
    ({ id, arn, owner }) => arn === idOrArn || (id === idOrArn && owner === account),
  );
  if (found === undefined) throw new ApiError('NamespaceNotFound', `There is no namespace ${idOrArn}`);
  return found;
}

/** The service of an id, or of an ARN, without which none of another account's namespace is found. */
export function findService(
  { account, cloudMap }: World,
  idOrArn: string,
): { namespace: SandboxNamespace; service: SandboxService } {
  for (const namespace of cloudMap.namespaces.values()) {
    for (const service of namespace.services.values()) {
      const isMeant = service.arn === idOrArn || (service.id === idOrArn && namespace.owner === account);
      if (isMeant) return { namespace, service };
    }
  }
  throw new ApiError('ServiceNotFound', `There is no service ${idOrArn}`);
}

function newId(kind: 'ns' | 'srv'): string {
  return `${kind}-${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
