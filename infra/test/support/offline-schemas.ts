import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BlockSchema, schemaOf } from '../../provider/schema.ts';

export interface OfflineSchemas {
  readonly provider: BlockSchema;
  readonly resources: Readonly<Record<string, BlockSchema>>;
  readonly dataSources: Readonly<Record<string, BlockSchema>>;
}

/** Schemas of the provider and of every type that is used in the Terraform files under `sources`. */
export function schemasOf(sources: readonly string[]): OfflineSchemas {
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
