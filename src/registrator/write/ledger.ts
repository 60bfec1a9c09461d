import type { CatalogNode } from '../../consul/api.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { inPlace, type Place } from '../../lambda-service/place.ts';
import { namesIn } from '../model/node-lists.ts';
import type { Run } from '../run.ts';
import { writeNode } from './node.ts';

/** The longest value of a node's Meta (https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file/node). */
const longestList = 512;

/**
 * Adds names to a list in the Meta of our node, or takes some away. What other writers changed meanwhile is kept.
 * @param list key of the node's Meta
 * @returns why the node does not say so
 */
export async function relist(
  run: Run,
  place: Place,
  list: string,
  { add = [], remove = [] }: { add?: readonly string[]; remove?: readonly string[] },
): Promise<AppError | undefined> {
  try {
    // A lost race is read and tried once again.
    for (const _attempt of [1, 2]) {
      const node = await readNode(run, place);
      const names = namesIn(node, list);
      const wanted = [...new Set([...names, ...add])].filter((name) => !remove.includes(name)).toSorted();
      if (node === undefined || wanted.join(',') === names.join(',')) return undefined;
      if (wanted.join(',').length > longestList) return full(run, place, list);
      const written = await writeNode(run, place, node, { [list]: wanted.join(',') });
      if (written !== 'stale') return written;
    }
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  const message = `Another writer changed node ${run.config.nodeName}${inPlace(place)} twice before ${list} could be written; the next run tries again.`;
  return new AppError('REVISION_CONFLICT', message);
}

/** Our node without its services. */
async function readNode({ consul, config, deadline }: Run, place: Place): Promise<CatalogNode | undefined> {
  const { node } = await consul.nodeServices(place, config.nodeName, deadline, 'ID == ``');
  return node;
}

function full({ config }: Run, place: Place, list: string): AppError {
  const message = `${list} of node ${config.nodeName}${inPlace(place)} is full at ${longestList} characters: services can be put into no further place before some of those are empty. Run a registrator of its own there.`;
  return new AppError('UPSTREAM_REJECTED', message);
}
