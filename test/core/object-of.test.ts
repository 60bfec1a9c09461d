import { expect, it } from 'vitest';
import * as z from 'zod';
import { objectOf } from '../../src/core/objects.ts';

const numbers = z.object({ Services: objectOf(z.object({ Port: z.number() })) });

it('keeps members under names that every object of JavaScript has', () => {
  const body: unknown = JSON.parse('{"Services":{"__proto__":{"Port":1},"constructor":{"Port":2}}}');
  expect(Object.entries(numbers.parse(body).Services)).toEqual([
    ['__proto__', { Port: 1 }],
    ['constructor', { Port: 2 }],
  ]);
});

it.each([
  [{ Services: { pay: { Port: 'x' } } }, 'Services.pay.Port'],
  [{ Services: [] }, 'Services'],
  [{ Services: null }, 'Services'],
])('names what is not as it must be in %j', (body, place) => {
  expect(numbers.safeParse(body).error?.issues.map(({ path }) => path.join('.'))).toEqual([place]);
});
