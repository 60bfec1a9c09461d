import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { optionPages, withOptionTables } from '../../scripts/option-tables.ts';

it.each(optionPages)('shows the options of the code in %s (npm run docs writes them)', (name) => {
  const page = readFileSync(name, 'utf8');
  expect(withOptionTables(page)).toBe(page);
  expect(page).toContain('| variable | default | meaning |');
});

it('refuses a table of a program that has none', () => {
  expect(() => withOptionTables('<!-- options: nobody -->\n<!-- /options -->')).toThrow('nobody');
});
