import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withOptionTables } from '../../scripts/option-tables.ts';

const readme = readFileSync('README.md', 'utf8');

it('shows the options of the code in the README (npm run docs writes them)', () => {
  expect(withOptionTables(readme)).toBe(readme);
  expect(readme).toContain('| `CONSUL_HTTP_ADDR` | required |');
});

it('refuses a table of a program that has none', () => {
  expect(() => withOptionTables('<!-- options: nobody -->\n<!-- /options -->')).toThrow('nobody');
});
