import { expect, it } from 'vitest';
import { table } from '../../src/cli/table.ts';

it('aligns columns under their headings', () => {
  const rows = [
    { name: 'a', place: 'here' },
    { name: 'longer', place: '' },
  ];
  expect(table(['name', 'place'], rows)).toBe('NAME    PLACE\na       here\nlonger');
});

it('looks at each cell as often in a long table as in a short one', () => {
  const readsOf = (length: number): number => {
    let reads = 0;
    const row = {
      get name(): string {
        reads += 1;
        return 'a';
      },
    };
    table(
      ['name'],
      Array.from({ length }, () => row),
    );
    return reads / length;
  };
  expect(readsOf(1000)).toBe(readsOf(10));
});
