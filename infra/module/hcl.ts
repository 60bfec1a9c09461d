import { type BlockSchema, schemaOf } from '../provider/schema.ts';
import { assignments, expression, isObject, type Json, type JsonObject, key } from './expressions.ts';

/** Which arguments are nested blocks, and which those contain. */
interface Shape {
  readonly [block: string]: Shape;
}

const condition: Shape = {};
const metaBlocks: Shape = { lifecycle: { precondition: condition, postcondition: condition } };

/** Top-level blocks that Terraform itself defines. */
const shapes: Record<string, Shape> = {
  terraform: { required_providers: {} },
  variable: { validation: condition },
  check: { assert: condition },
};

/** A block with its labels and its body, as text that `terraform fmt` leaves alone. */
export function block(labels: readonly string[], body: JsonObject): string {
  const [type = '', ...names] = labels;
  const head = [type, ...names.map((name) => JSON.stringify(name))].join(' ');
  const inside = bodyText(body, shapeOf(labels), '  ');
  return inside === '' ? `${head} {}` : `${head} {\n${inside}\n}`;
}

function shapeOf([type = '', label = '']: readonly string[]): Shape {
  if (type === 'resource') return { ...fromSchema(schemaOf(label)), ...metaBlocks };
  if (type === 'data') return { ...fromSchema(schemaOf(`data.${label}`)), ...metaBlocks };
  return shapes[type] ?? {};
}

function fromSchema(schema: BlockSchema): Shape {
  return Object.fromEntries(schema.blocks.map((nested) => [nested.name, fromSchema(nested.block)]));
}

/** Attributes first, then blocks, apart from each other; comments of the synthesiser are left out. */
function bodyText(body: JsonObject, shape: Shape, indent: string): string {
  const entries = Object.entries(body).filter(([name]) => name !== '//');
  const isBlock = (name: string) => name in shape || name === 'dynamic';
  const attributes = entries
    .filter(([name]) => !isBlock(name))
    .sort(([one], [other]) => rank(one) - rank(other))
    .map(([name, value]) => [key(name), attribute(name, value, indent)] as const);
  const nested = entries
    .filter(([name]) => isBlock(name))
    .flatMap(([name, value]) =>
      name === 'dynamic'
        ? dynamicBlocks(value, shape, indent)
        : blocks(name, value, shape[name] ?? {}, indent),
    );
  const own = assignments(attributes, indent).join('\n');
  return (own === '' ? nested : [own, ...nested]).join('\n\n');
}

/** What says which one it is comes first. */
function rank(name: string): number {
  const first = ['count', 'sid', 'name'].indexOf(name);
  return first < 0 ? 9 : first;
}

const variableType = /^(string|number|bool|(list|map)\(string\))$/;

/** Addresses and types stand bare; everything else is an expression. */
function attribute(name: string, value: Json, indent: string): string {
  if (name === 'depends_on' && Array.isArray(value)) return `[${value.join(', ')}]`;
  if (name === 'type' && typeof value === 'string' && variableType.test(value)) return value;
  return expression(value, indent);
}

function blocks(head: string, value: Json, shape: Shape, indent: string): string[] {
  const bodies = (Array.isArray(value) ? (value as readonly Json[]) : [value]).filter(isObject);
  return bodies.map((body) => `${indent}${head} {\n${bodyText(body, shape, `${indent}  `)}\n${indent}}`);
}

function dynamicBlocks(value: Json, shape: Shape, indent: string): string[] {
  const labelled = isObject(value) ? Object.entries(value) : [];
  return labelled.flatMap(([label, bodies]) =>
    blocks(`dynamic ${JSON.stringify(label)}`, bodies, { content: shape[label] ?? {} }, indent),
  );
}
