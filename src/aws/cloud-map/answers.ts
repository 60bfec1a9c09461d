import * as z from 'zod';
import { objectOf } from '../../core/objects.ts';
import type { CheckedInstance, Health, Namespace, NamespaceService, RegisteredInstance } from './api.ts';

/** What answers of Cloud Map hold (https://docs.aws.amazon.com/cloud-map/latest/api/API_Operations.html). */

const NextToken = z.string().nullish();
/** Emulators write null for what AWS leaves out. */
const ifAny = z.object({}).nullish();
const attributes = objectOf(z.string());

const namespace = z
  .object({
    Id: z.string().min(1),
    Arn: z.string(),
    Name: z.string(),
    ResourceOwner: z.string().optional(),
    Properties: z
      .object({ HttpProperties: z.object({ HttpName: z.string().nullish() }).nullish() })
      .nullish(),
  })
  .transform(({ Id, Arn, Name, ResourceOwner, Properties }): Namespace => {
    const httpName = Properties?.HttpProperties?.HttpName ?? Name;
    return { id: Id, arn: Arn, name: Name, httpName, owner: ResourceOwner };
  });

/** A service with the namespace that emulators name beside it, since they heed no filter. */
const service = z
  .object({
    Id: z.string().min(1),
    Arn: z.string(),
    Name: z.string().min(1),
    NamespaceId: z.string().optional(),
    HealthCheckConfig: ifAny,
    HealthCheckCustomConfig: ifAny,
  })
  .transform(
    ({ Id, Arn, Name, NamespaceId, ...checks }): NamespaceService & { namespaceId: string | undefined } => ({
      id: Id,
      arn: Arn,
      name: Name,
      namespaceId: NamespaceId,
      isChecked: Boolean(checks.HealthCheckConfig ?? checks.HealthCheckCustomConfig),
    }),
  );

const listedInstance = z
  .object({ Id: z.string().min(1), Attributes: attributes.nullish() })
  .transform(({ Id, Attributes }): RegisteredInstance => ({ id: Id, attributes: Attributes ?? {} }));

/** A health that may come to be later says as little as `UNKNOWN`. */
const health = z.string().transform((text): Health => {
  return text === 'HEALTHY' || text === 'UNHEALTHY' ? text : 'UNKNOWN';
});

const discoveredInstance = z
  .object({
    InstanceId: z.string().min(1),
    Attributes: attributes.nullish(),
    HealthStatus: health.default('UNKNOWN'),
  })
  .transform(({ InstanceId, Attributes, HealthStatus }): CheckedInstance => {
    return { id: InstanceId, attributes: Attributes ?? {}, health: HealthStatus };
  });

export const namespacePage = z
  .object({ Namespaces: z.array(namespace), NextToken })
  .transform((answer) => ({ items: answer.Namespaces, next: answer.NextToken ?? undefined }));

export const servicePage = z
  .object({ Services: z.array(service), NextToken })
  .transform((answer) => ({ items: answer.Services, next: answer.NextToken ?? undefined }));

export const instancePage = z
  .object({ Instances: z.array(listedInstance), NextToken })
  .transform((answer) => ({ items: answer.Instances, next: answer.NextToken ?? undefined }));

/** Health by instance. */
export const healthPage = z
  .object({ Status: objectOf(z.string()), NextToken })
  .transform(({ Status, NextToken: next }) => ({
    items: Object.entries(Status).map(([id, text]) => [id, health.parse(text)] as const),
    next: next ?? undefined,
  }));

export const discoveredInstances = z
  .object({ Instances: z.array(discoveredInstance) })
  .transform((answer) => answer.Instances);

/**
 * The revision in an answer, as it is written: it is a number of 64 bits, of which JavaScript would lose the last digits,
 * and so a change. A quote inside of a text is escaped, so that the key is one wherever this finds it.
 */
export function revisionIn(json: string): string | undefined {
  return /[{,]\s*"InstancesRevision"\s*:\s*(-?\d+)/.exec(json)?.[1];
}
