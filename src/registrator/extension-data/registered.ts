import type { CatalogService } from '../../consul/api.ts';
import type { Place } from '../../lambda-service/place.ts';

/** The service of an enabled function, not of an alias, as it stands in Consul on our node. */
export interface Registered {
  place: Place;
  /** Unqualified. */
  functionArn: string;
  functionName: string;
  /** As it was read last; its index guards what is written to its Meta. */
  service: CatalogService;
}
