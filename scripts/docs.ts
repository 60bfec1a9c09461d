import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { commandPage } from './command-page.ts';
import { fileSchemas } from './file-schemas.ts';
import { optionPages, withOptionTables } from './option-tables.ts';

await writeFile('docs/commands.md', await format(commandPage(), { parser: 'markdown', printWidth: 110 }));
for (const page of optionPages) await writeFile(page, withOptionTables(await readFile(page, 'utf8')));
await mkdir('schemas', { recursive: true });
for (const [name, text] of Object.entries(await fileSchemas())) await writeFile(name, text);
