import type { Place } from '../../lambda-service/place.ts';
import { leafMetaKeys } from '../../lambda-service/service.ts';
import type { Registered } from './registered.ts';

/**
 * Where HashiCorp's extension looks for the data of a function: below the prefix by partition, namespace and name
 * (https://github.com/hashicorp/terraform-aws-consul-lambda, `ExtensionPath`).
 */
export function parameterPath(
  prefix: string,
  { place, functionName }: Pick<Registered, 'place' | 'functionName'>,
): string {
  return prefix + folderOf(place) + functionName;
}

/**
 * Whether a path out of Consul is one that a registrator writes for functions of this place. Whoever may write services
 * may write any path into their Meta; what is not of this form is never removed.
 */
export function isParameterPath(path: string, place: Place): boolean {
  const at = path.lastIndexOf('/') + 1;
  return path.slice(0, at).endsWith(folderOf(place)) && /^[A-Za-z0-9_-]{1,64}$/.test(path.slice(at));
}

/** Whether a registered service has its data under `path`, or will have once it is written. */
export function usesParameter(path: string, registered: Registered, prefix: string | undefined): boolean {
  if (registered.service.Meta?.[leafMetaKeys.parameter] === path) return true;
  // Without a prefix nothing is written any more, but what is there stays with its function.
  if (prefix === undefined) return path.endsWith(parameterPath('', registered));
  return path === parameterPath(prefix, registered);
}

function folderOf({ partition = 'default', namespace = 'default' }: Place): string {
  return `/${partition}/${namespace}/`;
}
