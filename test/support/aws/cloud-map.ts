import { createCloudMap, type CloudMapOptions } from '../../../src/aws/cloud-map/cloud-map.ts';
import type { CloudMap } from '../../../src/aws/cloud-map/api.ts';
import { region, targetAt } from './sandbox-aws.ts';

/** Cloud Map as endpoints at `url` answer for it; any key will do there. */
export function cloudMapAt(
  url: string,
  options: Pick<CloudMapOptions, 'clock'> & Partial<CloudMapOptions>,
): Promise<CloudMap> {
  return createCloudMap({
    region,
    endpoint: url,
    random: () => 0.5,
    credentials: async () => targetAt(url).credentials,
    ...options,
  });
}
