import * as z from 'zod';
import { type Context, pageOf } from '../api.ts';

export const invalid = 'InvalidInput';

/** What every listing takes. */
export const paging = { MaxResults: z.int().min(1).max(100).default(100), NextToken: z.string().optional() };

/** One page of a listing; filters are applied to a page once it was cut, as Cloud Map does. */
export function page<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  { MaxResults: size, NextToken: token }: { MaxResults: number; NextToken?: string | undefined },
  context: Context,
): { items: Item[]; next: string | undefined } {
  const { page: found, next } = pageOf({ items: [...items], keyOf, size, token, badToken: invalid }, context);
  return { items: found, next };
}

/** What all of one name or another are filtered by. */
export function filters<Name extends string>(names: readonly [Name, ...Name[]]) {
  const filter = z.object({
    Name: z.enum(names),
    Values: z.array(z.string()).min(1),
    Condition: z.enum(['EQ', 'BEGINS_WITH']).default('EQ'),
  });
  return z.array(filter).default([]);
}

/** Whether a value is one that a filter wants. */
export function isWanted(
  { Values: [wanted = ''], Condition }: { Values: string[]; Condition: 'EQ' | 'BEGINS_WITH' },
  value: string,
): boolean {
  return Condition === 'EQ' ? value === wanted : value.startsWith(wanted);
}
