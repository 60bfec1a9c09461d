import { optionTable } from '../src/config/options.ts';
import { registratorOptions } from '../src/registrator/config.ts';
import { registryOptions } from '../src/registry/config.ts';

/** Pages with tables of options. */
export const optionPages = ['docs/registrator.md', 'docs/registry.md'];

/** Programs whose options they show. */
const programs: Readonly<Record<string, Parameters<typeof optionTable>[0]>> = {
  registrator: registratorOptions,
  registry: registryOptions,
};

/** `text` with the current table between `<!-- options: PROGRAM -->` and `<!-- /options -->`, for every program. */
export function withOptionTables(text: string): string {
  return text.replace(/<!-- options: (\w+) -->\n[^]*?<!-- \/options -->/g, (_block, program: string) => {
    const options = programs[program];
    if (options === undefined) throw new Error(`There is no program ${program} with options.`);
    return `<!-- options: ${program} -->\n\n${optionTable(options)}\n\n<!-- /options -->`;
  });
}
