import type { CloudMap, Namespace, NamespaceService } from '../../../aws/cloud-map/api.ts';
import { mapConcurrent } from '../../../core/concurrency.ts';
import type { Deadline } from '../../../core/deadline.ts';
import { messageOf } from '../../../core/errors.ts';
import { namespacesNamed, type WantedNamespace } from './namespaces.ts';

/** A service where it stands. */
export interface ListedService {
  readonly wanted: WantedNamespace;
  readonly namespace: Namespace;
  readonly service: NamespaceService;
}

/** What there is to be read. */
export interface Listing {
  readonly services: readonly ListedService[];
  /** Namespaces whose services were listed, now or before; one that does not exist has none. */
  readonly known: ReadonlySet<WantedNamespace>;
  /** Some namespace was not listed this time: its services are those of before. */
  readonly isStale: boolean;
  readonly problems: readonly string[];
}

export const nothingListed: Listing = { services: [], known: new Set(), isStale: false, problems: [] };

/** Namespaces that are listed at once. */
const atOnce = 4;

/**
 * Lists the services of all wanted namespaces. A namespace whose services cannot be listed keeps those of `before`.
 * @throws AppError when the namespaces cannot be listed
 */
export async function listServices(
  cloudMap: CloudMap,
  wanted: readonly WantedNamespace[],
  before: Listing,
  deadline: Deadline,
): Promise<Listing> {
  const namespaces = await cloudMap.namespaces(deadline);
  const parts = await mapConcurrent(wanted, atOnce, async (each): Promise<Part> => {
    const [namespace, ...others] = namespacesNamed(each, namespaces);
    const problems = [...missing(each, namespace), ...ambiguous(each, namespace, others)];
    try {
      const services = namespace === undefined ? [] : await servicesOf(cloudMap, each, namespace, deadline);
      return { wanted: each, services, isListed: true, problems };
    } catch (error) {
      const services = before.services.filter((service) => service.wanted === each);
      const problem = `The services of namespace ${each.name} stay as they are: ${messageOf(error)}`;
      return { wanted: each, services, isListed: false, problems: [...problems, problem] };
    }
  });
  const known = parts.filter((part) => part.isListed || before.known.has(part.wanted));
  return {
    services: parts.flatMap(({ services }) => services),
    known: new Set(known.map((part) => part.wanted)),
    isStale: parts.some(({ isListed }) => !isListed),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

interface Part extends Pick<Listing, 'services' | 'problems'> {
  readonly wanted: WantedNamespace;
  readonly isListed: boolean;
}

async function servicesOf(
  cloudMap: CloudMap,
  wanted: WantedNamespace,
  namespace: Namespace,
  deadline: Deadline,
): Promise<ListedService[]> {
  const services = await cloudMap.services(reference(wanted, namespace), deadline);
  return services.map((service) => ({ wanted, namespace, service }));
}

/** How a namespace or service is named in calls that list: those of other accounts by ARN. */
export function reference({ owner }: WantedNamespace, { id, arn }: { id: string; arn: string }): string {
  return owner === undefined ? id : arn;
}

function missing({ name, owner }: WantedNamespace, namespace: Namespace | undefined): string[] {
  if (namespace !== undefined) return [];
  const whose = owner === undefined ? '' : ` of account ${owner}`;
  return [`There is no namespace ${name}${whose}: its services are served once it appears`];
}

function ambiguous({ name }: WantedNamespace, first: Namespace | undefined, others: Namespace[]): string[] {
  if (first === undefined || others.length === 0) return [];
  const left = others.map(({ arn }) => arn).join(', ');
  return [`Several namespaces are called ${name}: ${first.arn} is served, not ${left}`];
}
