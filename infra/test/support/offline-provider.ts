import { transformSync } from 'esbuild';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BlockSchema, schemaOf } from '../../provider/schema.ts';

export interface OfflineSchemas {
  readonly provider: BlockSchema;
  readonly resources: Readonly<Record<string, BlockSchema>>;
  readonly dataSources: Readonly<Record<string, BlockSchema>>;
}

/**
 * Puts a stand-in for the AWS provider into `folder` (which must lie where Node finds the packages of infra), knowing
 * every type that is used under `sources`.
 * @returns the path of a Terraform CLI configuration that makes Terraform use it without any download
 */
export function makeOfflineProvider(folder: string, sources: readonly string[]): string {
  const here = new URL('./', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'schemas.json'), JSON.stringify(schemasOf(sources)));
  copyFileSync(new URL('tfplugin5.proto', here), join(folder, 'tfplugin5.proto'));
  const process = readFileSync(new URL('offline-provider-process.ts', here), 'utf8');
  writeFileSync(join(folder, 'process.mjs'), transformSync(process, { loader: 'ts' }).code);
  const program = `#!/bin/sh\nexec node "${join(folder, 'process.mjs')}"\n`;
  writeFileSync(join(folder, 'terraform-provider-aws'), program, { mode: 0o755 });
  const cliConfig = join(folder, 'terraform.rc');
  writeFileSync(
    cliConfig,
    `provider_installation {\n  dev_overrides {\n    "hashicorp/aws" = "${folder}"\n  }\n  direct {}\n}\n`,
  );
  return cliConfig;
}

function schemasOf(sources: readonly string[]): OfflineSchemas {
  const used = { resource: new Set<string>(), data: new Set<string>() };
  for (const file of sources.flatMap(terraformFiles)) {
    const text = readFileSync(file, 'utf8');
    for (const [, kind, type = ''] of text.matchAll(/^(resource|data) "(aws_\w+)"/gm)) {
      used[kind === 'data' ? 'data' : 'resource'].add(type);
    }
    if (!file.endsWith('.json')) continue;
    const configuration = JSON.parse(text) as { data?: object; resource?: object };
    for (const type of Object.keys(configuration.data ?? {})) used.data.add(type);
    for (const type of Object.keys(configuration.resource ?? {})) used.resource.add(type);
  }
  return {
    provider: schemaOf('provider'),
    resources: Object.fromEntries([...used.resource].map((type) => [type, schemaOf(type)])),
    dataSources: Object.fromEntries([...used.data].map((type) => [type, schemaOf(`data.${type}`)])),
  };
}

function terraformFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tf(\.json)?$/.test(name) && !name.includes('.terraform'))
    .map((name) => join(folder, name));
}
