import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isObject, type Json, type JsonObject } from './expressions.ts';
import { block } from './hcl.ts';
import type { ModuleSource } from './modules.ts';
import { readme } from './readme.ts';

/** `check` and preconditions need Terraform 1.5; runtime nodejs22.x needs provider 5.78. */
const versions = {
  required_version: '>= 1.5.0',
  required_providers: { aws: { source: 'hashicorp/aws', version: '>= 5.78.0' } },
};

/** The files of a module by name. */
export function moduleFiles(source: ModuleSource): Map<string, string> {
  const files = terraformFiles(source.configuration);
  files.set('versions.tf', `${block(['terraform'], versions)}\n`);
  if (source.moved.length > 0) files.set('moved.tf', `${source.moved.map(movedBlock).join('\n\n')}\n`);
  files.set('README.md', readme(source));
  return files;
}

/** What a construct was synthesised to as HCL, each of its parts in a file. */
export function terraformFiles(configuration: JsonObject): Map<string, string> {
  const files = new Map<string, string[]>();
  const add = (file: string, text: string) => files.set(file, [...(files.get(file) ?? []), text]);
  for (const label of ['variable', 'output']) {
    for (const [name, body] of objects(configuration[label])) add(`${label}s.tf`, block([label, name], body));
  }
  for (const kind of ['data', 'resource']) {
    for (const [type, instances] of objects(configuration[kind])) {
      for (const [name, body] of objects(instances)) add(fileOf(body), block([kind, type, name], body));
    }
  }
  if (isObject(configuration['locals'])) add('main.tf', block(['locals'], configuration['locals']));
  for (const [name, body] of objects(configuration['check'])) add('main.tf', block(['check', name], body));
  const indexed = indexCounted(configuration);
  return new Map([...files].map(([name, blocks]) => [name, indexed(`${blocks.join('\n\n')}\n`)]));
}

/** Writes the module into a fresh folder, with its bundle, if it has one, beside it. */
export function writeModule(source: ModuleSource, folder: string, bundleFolder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of moduleFiles(source)) writeFileSync(`${folder}/${name}`, text);
  const { bundle } = source;
  if (bundle !== undefined) copyFileSync(`${bundleFolder}/${bundle}.zip`, `${folder}/${bundle}.zip`);
}

/** Every part of the construct has its file; the function itself, and what all share, is in main.tf. */
function fileOf(body: JsonObject): string {
  const comment = body['//'];
  const metadata = isObject(comment) ? comment['metadata'] : undefined;
  const path = isObject(metadata) && typeof metadata['path'] === 'string' ? metadata['path'].split('/') : [];
  const part = path[2] ?? '';
  return ['account', 'registrator', 'registry', 'retries'].includes(part) ? 'main.tf' : `${part}.tf`;
}

/** Names what may exist once or not at all as its first instance, wherever it is referred to. */
function indexCounted(configuration: JsonObject): (text: string) => string {
  const addresses = ['resource', 'data'].flatMap((kind) =>
    objects(configuration[kind]).flatMap(([type, instances]) =>
      objects(instances)
        .filter(([, body]) => 'count' in body)
        .map(([name]) => `${kind === 'data' ? 'data.' : ''}${type}.${name}`),
    ),
  );
  return (text) =>
    addresses.reduce(
      (indexed, address) =>
        indexed.replaceAll(new RegExp(`(?<![\\w.])${address}\\.(?=[a-z])`, 'g'), `${address}[0].`),
      text,
    );
}

function movedBlock({ from, to }: { from: string; to: string }): string {
  return ['moved {', `  from = ${from}`, `  to   = ${to}`, '}'].join('\n');
}

function objects(value: Json | undefined): [string, JsonObject][] {
  return isObject(value)
    ? Object.entries(value).filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    : [];
}
