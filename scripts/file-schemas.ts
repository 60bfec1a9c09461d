import { readdir, readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { isMap, isNode, isSeq, parseDocument } from 'yaml';
import * as z from 'zod';
import { agentFile } from '../src/agent/file/schema.ts';
import { proxyFile } from '../src/proxy/file/schema.ts';

/** A file that editors complete. */
interface DescribedFile {
  readonly schema: z.ZodType;
  readonly title: string;
  /** What stands right before or at the beginning of the YAML that shows every key, on a page of docs. */
  readonly shownAfter: string;
  /** Sections whose keys mean in others what they mean there: the first words that are found count. */
  readonly alike?: readonly { readonly section: string; readonly as: readonly string[] }[];
}

const files: Readonly<Record<string, DescribedFile>> = {
  'schemas/agent.schema.json': {
    schema: agentFile,
    title: "The file of lambda-registrator's agent, agent.yaml",
    shownAfter: '<!-- agent.yaml: read by a test -->\n\n```yaml\n',
  },
  'schemas/proxy.schema.json': {
    schema: proxyFile,
    title: "The file of lambda-registrator's proxy, lrp.yaml",
    shownAfter: '```yaml\n# every key of the proxy\n',
    alike: [
      { section: 'aws', as: ['local'] },
      { section: 'consul', as: ['aws', 'local'] },
    ],
  },
};

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** JSON schemas of the two YAML files by their own file's name; keys are described as the documentation describes them. */
export async function fileSchemas(): Promise<Readonly<Record<string, string>>> {
  const pages = await documentation();
  const written = Object.entries(files).map(async ([name, file]) => {
    const text = JSON.stringify(schemaOf(file, shownIn(pages, file.shownAfter)));
    return [name, await format(text, { ...(await resolveConfig(name)), parser: 'json' })] as const;
  });
  return Object.fromEntries(await Promise.all(written));
}

/** The YAML that shows every key of a file, those in comments among them. */
export function shownIn(pages: string, shownAfter: string): string {
  const [, from] = pages.split(shownAfter);
  if (from === undefined) throw new Error(`No page shows YAML after ${shownAfter}`);
  return from.slice(0, from.indexOf('\n```')).replaceAll(/^( *)# (?=[a-z_]+:)/gm, '$1');
}

/** The pages of docs, as one text. */
export async function documentation(): Promise<string> {
  const pages = (await readdir('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  return (await Promise.all(pages.map((page) => readFile(page, 'utf8')))).join('\n');
}

function schemaOf({ schema, title, alike = [] }: DescribedFile, shown: string): object {
  const { $schema, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    // Programs warn of unknown keys, since they ignore them.
    override: ({ jsonSchema }) => {
      if (jsonSchema.properties !== undefined) jsonSchema.additionalProperties = false;
    },
  });
  const root = parseDocument(shown).contents;
  describeKeys(json, root);
  for (const { section, as } of alike) {
    for (const other of as)
      describeKeys(json.properties?.[section], isMap(root) ? root.get(other) : undefined);
  }
  return { $schema, title, ...json };
}

/** Puts the comments beside the keys of YAML into the schema, where a key has no words yet. */
function describeKeys(schema: JsonSchema | boolean | undefined, shown: unknown): void {
  if (typeof schema !== 'object') return;
  const items = Array.isArray(schema.items) ? undefined : schema.items;
  if (items !== undefined) return describeKeys(items, isSeq(shown) ? shown.items[0] : shown);
  const mapping = isSeq(shown) ? shown.items[0] : shown;
  if (!isMap(mapping)) return;
  for (const { key, value } of mapping.items) {
    const member = schema.properties?.[String(key)] ?? schema.additionalProperties;
    if (typeof member !== 'object') continue;
    const words = isNode(value) ? (value.comment ?? value.commentBefore) : undefined;
    if (words && schema.properties !== undefined) member.description ??= words.trim();
    describeKeys(member, value);
  }
}
