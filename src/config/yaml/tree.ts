import * as z from 'zod';
import { nearestWord } from '../nearest.ts';
import { quoted } from '../../core/wording.ts';

/** The way to a value: keys of mappings and places in lists. */
export type Path = readonly (string | number)[];

/** Something that is said of a value. */
export interface PathRemark {
  readonly path: Path;
  readonly words: string;
}

/** Mappings and lists as a schema reads them. */
export interface ReadTree<Value> {
  /** Undefined with problems. */
  readonly value: Value | undefined;
  readonly problems: readonly PathRemark[];
  /** Keys that the schema does not read, wherever they stand, with the known one that was probably meant. */
  readonly unknown: readonly PathRemark[];
}

/** @param schema a z.object; other mappings in it are z.objects and z.records, with or without a default */
export function readTree<Value>(values: unknown, schema: z.ZodType<Value>): ReadTree<Value> {
  const { data, error } = schema.safeParse(values, { error: typeWords });
  const problems = error?.issues.map((issue) => ({ path: pathOf(issue), words: issue.message })) ?? [];
  return { value: data, problems, unknown: unknownKeys(schema, values, []) };
}

/** As `local[1].path_prefix`. */
export function keyText(path: Path): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return `.${/^[\w-]{1,64}$/.test(step) ? step : quoted(step, 64)}`;
    })
    .join('')
    .replace(/^\./, '');
}

function pathOf({ path }: z.core.$ZodIssue): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
};

/** What is expected where a value is missing or of another type; values of the right type are judged by their fields. */
function typeWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  const isPlaceInList = typeof issue.path?.at(-1) === 'number';
  if (issue.input === undefined && !isPlaceInList) return 'is required';
  const isScalar = typeof issue.input === 'number' || typeof issue.input === 'boolean';
  return `must be ${kinds[issue.expected] ?? issue.expected}${issue.expected === 'string' && isScalar ? ', in quotes' : ''}`;
}

function unknownKeys(schema: unknown, value: unknown, path: Path): PathRemark[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((item, at) => unknownKeys(inner.element, item, [...path, at]));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const members = Object.entries(value);
  if (inner instanceof z.ZodRecord) {
    return members.flatMap(([key, member]) => unknownKeys(inner.valueType, member, [...path, key]));
  }
  if (!(inner instanceof z.ZodObject)) return [];
  const known: Readonly<Record<string, unknown>> = inner.shape;
  return members.flatMap(([key, member]) => {
    const here = [...path, key];
    return Object.hasOwn(known, key)
      ? unknownKeys(known[key], member, here)
      : [{ path: here, words: unknownWords(nearestWord(key, Object.keys(known))) }];
  });
}

function unknownWords(nearest: string | undefined): string {
  const ignored = 'unknown key, ignored';
  return nearest === undefined ? ignored : `${ignored}; did you mean ${nearest}?`;
}

/** The schema of what is given, where another one adds a default to it or reads it further. */
function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrapped(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema;
}
