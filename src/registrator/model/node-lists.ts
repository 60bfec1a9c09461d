import { commaList } from '../../config/fields.ts';
import type { CatalogNode } from '../../consul/api.ts';

/** The names that a key of our node's Meta remembers as a comma list. */
export function namesIn(node: CatalogNode | undefined, key: string): string[] {
  return commaList.parse(node?.Meta?.[key] ?? '');
}
