import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { commandPage } from './command-page.ts';
import { withOptionTables } from './option-tables.ts';

await writeFile('docs/commands.md', await format(commandPage(), { parser: 'markdown', printWidth: 110 }));
await writeFile('README.md', withOptionTables(await readFile('README.md', 'utf8')));
