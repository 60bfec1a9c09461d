import { agentOptions } from '../src/agent/config.ts';
import { variables } from '../src/agent/file/environment.ts';
import { optionTable } from '../src/config/options.ts';
import { keyText } from '../src/config/yaml/tree.ts';
import { registratorOptions } from '../src/registrator/config.ts';
import { registryOptions } from '../src/registry/config.ts';

/** Pages with tables of options. */
export const optionPages = ['docs/registrator.md', 'docs/registry.md', 'docs/agent.md'];

/** The tables that they show, by program. */
const tables: Readonly<Record<string, () => string>> = {
  registrator: () => optionTable(registratorOptions),
  registry: () => optionTable(registryOptions),
  agent: () => [optionTable(agentOptions), ...keyRows()].join('\n'),
};

/** Variables of the agent that are keys of its file. */
function keyRows(): string[] {
  return variables.map(({ name, path }) => `| \`${name}\` | the file's | the key \`${keyText(path)}\` |`);
}

/** `text` with the current table between `<!-- options: PROGRAM -->` and `<!-- /options -->`, for every program. */
export function withOptionTables(text: string): string {
  return text.replace(/<!-- options: (\w+) -->\n[^]*?<!-- \/options -->/g, (_block, program: string) => {
    const table = tables[program];
    if (table === undefined) throw new Error(`There is no program ${program} with options.`);
    return `<!-- options: ${program} -->\n\n${table()}\n\n<!-- /options -->`;
  });
}
