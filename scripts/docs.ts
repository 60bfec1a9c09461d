import { readFile, writeFile } from 'node:fs/promises';
import { withOptionTables } from './option-tables.ts';

await writeFile('README.md', withOptionTables(await readFile('README.md', 'utf8')));
