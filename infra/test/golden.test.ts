import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../module/expressions.ts';
import { allModules, type ModuleSource } from '../module/modules.ts';
import { moduleFiles, terraformFiles } from '../module/write-module.ts';
import {
  agentStack,
  everything,
  everythingOfAgent,
  everythingOfProxy,
  openRest,
  proxyStack,
  registratorStack,
  registryStack,
} from './support/configurations.ts';

/** Differences are reviewed in `golden/`; `npx vitest run --project infra -u` accepts them. */
const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;

describe.each<[string, JsonObject]>([
  ['registrator', registratorStack()],
  ['registrator-with-everything', registratorStack(everything)],
  ['registry', registryStack()],
  ['registry-rest', registryStack(openRest)],
  ['proxy', proxyStack()],
  ['proxy-with-everything', proxyStack(everythingOfProxy)],
  ['agent', agentStack()],
  ['agent-with-everything', agentStack(everythingOfAgent)],
])('the stack %s', (name, configuration) => {
  it('is synthesised as reviewed', async () => {
    const text = [...terraformFiles(configuration).values()].join('\n');
    await expect(text).toMatchFileSnapshot(golden(`stacks/${name}.tf`));
  });
});

/** Without what the programs themselves say of their options, which may be said better at any time. */
function terraform(source: ModuleSource): [string, string][] {
  const files = [...moduleFiles(source)].filter(([file]) => file !== 'README.md');
  return files.map(([file, text]) => [file, text.replaceAll(/^ +description = .*\n/gm, '')]);
}

describe.each(allModules())('the module $name', (source) => {
  it.each(terraform(source))('has its %s as reviewed', async (file, text) => {
    await expect(text).toMatchFileSnapshot(golden(`${source.name}/${file}`));
  });
});
