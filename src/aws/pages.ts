import { isAppError } from '../core/errors.ts';
import type { Listing } from './api.ts';

/** One page of a listing; the last one has no token, or an empty one. */
export interface Page<Item> {
  items: Item[];
  next: string | undefined;
}

/**
 * Reads to the last page, past empty ones; what came before a failure is kept beside it.
 * @param read gives the page after `token`, the first without one
 * @throws what `read` throws, unless it is an AppError
 */
export async function readPages<Item>(read: (token?: string) => Promise<Page<Item>>): Promise<Listing<Item>> {
  const items: Item[] = [];
  try {
    let page: Page<Item> | undefined;
    do {
      page = await read(page?.next);
      items.push(...page.items);
    } while (page.next);
    return { items, failure: undefined };
  } catch (error) {
    if (isAppError(error)) return { items, failure: error };
    throw error;
  }
}
