import type { Deadline } from '../../core/deadline.ts';
import { isPlainObject } from '../../core/objects.ts';
import type { ConfigEntry } from '../../consul/config-entries.ts';
import { isAppError } from '../../core/errors.ts';
import { parseFunctionArn } from '../../lambda-service/arn.ts';
import { nameKey } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { readTags } from '../../lambda-service/tags.ts';
import { type Examination, type Finding, ok, some, warn } from './check.ts';
import type { Subject } from './subject.ts';

export const gatewayLinks: Examination = {
  name: 'gateway links',
  needs: ['AWS identity', 'Consul'],
  look: links,
};

/** The terminating gateways that are in use: as set, those that tags name, and those that services of ours are linked to. */
export async function gatewaysOf(subject: Subject, deadline: Deadline): Promise<string[]> {
  const { config, services } = subject;
  const linked = (await services(deadline)).map(({ Meta }) => Meta?.[metaKeys.gateway]);
  const named = [config.terminatingGateway, ...(await taggedGateways(subject, deadline)), ...linked];
  return [...new Set(named)].filter((name) => name !== undefined);
}

/** None where the tagging index may not be asked. */
async function taggedGateways(
  { listing, config }: Subject,
  deadline: Deadline,
): Promise<(string | undefined)[]> {
  try {
    const { items } = await listing(deadline);
    return items.flatMap(({ arn, tags }) => {
      const parts = parseFunctionArn(arn);
      const { enabled, services } = parts ? readTags(parts, tags, config) : { enabled: false, services: [] };
      return enabled ? services.map(({ gateway }) => gateway) : [];
    });
  } catch (error) {
    if (!isAppError(error)) throw error;
    return [];
  }
}

/** Links that the Meta of services tells of, and the gateways' entries lack. */
async function links(subject: Subject, deadline: Deadline): Promise<Finding> {
  const gateways = await gatewaysOf(subject, deadline);
  if (gateways.length === 0) return ok('not used: no terminating gateway is named');
  const entries = await subject.consul.configEntries(subject.home, 'terminating-gateway', deadline);
  const linked = new Map(entries.map((entry) => [nameKey(entry.Name), linkedBy(entry)]));
  const absent = gateways.filter((name) => !linked.has(nameKey(name)));
  const missing = (await subject.services(deadline)).flatMap(({ Service, Meta }) => {
    const gateway = Meta?.[metaKeys.gateway];
    const names = linked.get(nameKey(gateway ?? ''));
    const isLinked = gateway === undefined || names?.has('*') || names?.has(nameKey(Service));
    return isLinked ? [] : [`${gateway} does not list ${Service}`];
  });
  const lacking = [
    ...missing,
    ...absent.map((name) => `${name} has no entry, or none that the token may read`),
  ];
  if (lacking.length === 0) return ok(`${gateways.join(', ')} list what they are to`);
  return warn(
    some(lacking),
    'Run a sync, which links them again; without effect, see the lines of the ACL rules.',
  );
}

function linkedBy({ Services }: ConfigEntry): Set<string> {
  const listed: unknown[] = Array.isArray(Services) ? Services : [];
  return new Set(
    listed.flatMap((service) => {
      const name = isPlainObject(service) ? service['Name'] : undefined;
      return typeof name === 'string' ? [nameKey(name)] : [];
    }),
  );
}
