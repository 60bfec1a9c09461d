import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { HeldValues } from '../../src/core/held-values.ts';
import { waitUntil } from '../support/wait-until.ts';

it('gives the same value while somebody holds it, and keeps it no longer', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const values = new HeldValues<{ readonly key: string }>();
  const held = values.get('held', () => ({ key: 'held' }));
  for (let number = 0; number < 100; number += 1) values.get(`left ${number}`, () => ({ key: 'left' }));
  await waitUntil('the others to go', () => {
    collect();
    return values.all().length === 1;
  });
  expect(values.get('held', () => ({ key: 'another' }))).toBe(held);
  expect(values.get('left 1', () => ({ key: 'anew' }))).toEqual({ key: 'anew' });
});
