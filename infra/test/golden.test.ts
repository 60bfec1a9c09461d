import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../module/expressions.ts';
import { type ModuleSource, registratorModule, registryModule } from '../module/modules.ts';
import { moduleFiles, terraformFiles } from '../module/write-module.ts';
import { registratorStack, registryStack } from './support/configurations.ts';

/** Differences are reviewed in `golden/`; `npx vitest run --project infra -u` accepts them. */
const golden = (name: string) => new URL(`golden/${name}`, import.meta.url).pathname;

const everything = {
  consulCaCertPath: '/consul/ca',
  consulHttpTokenPath: 'consul/token',
  parameterKmsKeyArns: ['arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  subnetIds: ['subnet-1', 'subnet-2'],
  securityGroupIds: ['sg-1'],
  bufferEvents: true,
  createTrail: true,
  alarmActions: ['arn:aws:sns:eu-central-1:123456789012:oncall'],
  tags: { team: 'network' },
};

describe.each<[string, JsonObject]>([
  ['registrator', registratorStack()],
  ['registrator-with-everything', registratorStack(everything)],
  ['registry', registryStack()],
  [
    'registry-rest',
    registryStack({ apiType: 'rest', authorization: 'none', tables: ['production', 'staging'] }),
  ],
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

describe.each<[string, ModuleSource]>([
  ['lambda-registrator', registratorModule()],
  ['lambda-registry', registryModule()],
])('the module %s', (name, source) => {
  it.each(terraform(source))('has its %s as reviewed', async (file, text) => {
    await expect(text).toMatchFileSnapshot(golden(`${name}/${file}`));
  });
});
