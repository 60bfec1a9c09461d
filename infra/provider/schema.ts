import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The schema of a resource or data source of the AWS provider, as far as its construct tells. */
export interface BlockSchema {
  readonly attributes: readonly AttributeSchema[];
  readonly blocks: readonly NestedBlockSchema[];
}

interface AttributeSchema {
  readonly name: string;
  /** A type constraint in JSON: https://developer.hashicorp.com/terraform/internals/json-format */
  readonly type: unknown;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
}

interface NestedBlockSchema {
  readonly name: string;
  readonly nesting: 'list' | 'set' | 'single';
  readonly required: boolean;
  readonly single: boolean;
  readonly block: BlockSchema;
}

const require = createRequire(import.meta.url);

/** The schema of `aws_lambda_function`, or of a data source as `data.aws_region`. */
export function schemaOf(type: string): BlockSchema {
  const folder = `@cdktf/provider-aws/lib/${folderOf(type)}`;
  const code = readFileSync(require.resolve(`${folder}/index.js`), 'utf8');
  const source: Source = {
    code,
    declarations: readFileSync(require.resolve(`${folder}/index.d.ts`), 'utf8'),
    classes: code.split(/^class /m).slice(1),
  };
  const owner = source.classes.find((text) =>
    /^\w+ extends cdktf\.Terraform(Resource|DataSource|Provider) /.test(text),
  );
  if (owner === undefined) throw new Error(`The construct of ${type} has no resource class.`);
  const written = between(owner, 'synthesizeHclAttributes()', '// remove');
  return readBlock(source, { written, owner, properties: `${/^\w+/.exec(owner)?.[0]}Config` });
}

function folderOf(type: string): string {
  const kebab = type
    .replace(/^data\./, '')
    .replace(/^aws_/, '')
    .replaceAll('_', '-');
  return type.startsWith('data.') ? `data-aws-${kebab}` : kebab;
}

/** The generated code of one construct. */
interface Source {
  readonly code: string;
  readonly declarations: string;
  readonly classes: readonly string[];
}

/** Where the code speaks of one block: how it is written, the class that reads it, the interface of its properties. */
interface Place {
  readonly written: string;
  readonly owner: string;
  readonly properties: string;
}

const entryPattern =
  /^ +(\w+): \{\n +value: (.+),\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)",/gm;

function readBlock(source: Source, place: Place): BlockSchema {
  const attributes: AttributeSchema[] = [];
  const blocks: NestedBlockSchema[] = [];
  const mandatory = requiredProperties(source.declarations, place.properties);
  for (const [, name = '', value = '', isBlock, collection = '', storage = ''] of place.written.matchAll(
    entryPattern,
  )) {
    const required = mandatory.has(camelCase(name));
    if (isBlock === 'true') blocks.push({ name, required, ...nestedBlock(source, value, collection) });
    else {
      attributes.push({
        name,
        type: writtenType(collection, storage),
        required,
        optional: !required,
        computed: !required,
      });
    }
  }
  return { attributes: [...attributes, ...computedAttributes(place.owner)], blocks };
}

function nestedBlock(source: Source, value: string, collection: string) {
  const writer = /(\w+)ToHclTerraform/.exec(value)?.[1] ?? '';
  const properties = writer.charAt(0).toUpperCase() + writer.slice(1);
  const written = between(source.code, `function ${writer}ToHclTerraform(`, '// remove');
  const owner = source.classes.find((text) => text.startsWith(`${properties}OutputReference `)) ?? '';
  const nesting = collection === 'struct' ? 'single' : collection === 'set' ? 'set' : 'list';
  return {
    nesting,
    single: !value.includes('listMapperHcl'),
    block: readBlock(source, { written, owner, properties }),
  } as const;
}

/** Properties without a question mark. */
function requiredProperties(declarations: string, name: string): Set<string> {
  const body = between(declarations, `export interface ${name} `, '\n}');
  return new Set([...body.matchAll(/readonly (\w+):/g)].map((match) => match[1] ?? ''));
}

const computedPattern =
  /\/\/ (\w+) - computed: true, optional: false, required: false\n +get \w+\(\) \{\n(.*)\n/g;

/** What can be read only. */
function computedAttributes(owner: string): AttributeSchema[] {
  return [...owner.matchAll(computedPattern)].map(([, name = '', getter = '']) => ({
    name,
    type: readType(getter),
    required: false,
    optional: false,
    computed: true,
  }));
}

function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function writtenType(collection: string, storage: string): unknown {
  const element = { string: 'string', number: 'number', boolean: 'bool' }[storage.replace(/(List|Map)$/, '')];
  if (element === undefined) return 'dynamic';
  return collection === 'simple' ? element : [collection, element];
}

function readType(getter: string): unknown {
  const kind = /get(String|Number|Boolean)(Map)?Attribute/.exec(getter);
  if (kind !== null) {
    const element = { String: 'string', Number: 'number', Boolean: 'bool' }[kind[1] ?? ''];
    return kind[2] === undefined ? element : ['map', element];
  }
  if (getter.includes('tolist')) return ['set', 'string'];
  return getter.includes('getListAttribute') ? ['list', 'string'] : 'dynamic';
}

function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start);
  return from < 0 ? '' : text.slice(from, text.indexOf(end, from));
}
