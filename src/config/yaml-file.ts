import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import { nearestWord } from './nearest.ts';
import { quoted } from '../core/wording.ts';
import { type LineRemark, type Path, readYamlSource } from './yaml-source.ts';

/** A file as its schema reads it. */
export interface YamlFile<Value> {
  readonly value: Value;
  /** What was understood differently from how it was written, each `<file>:<line>: <key>: <what>`. */
  readonly warnings: readonly string[];
  /** A remark on a key, `<file>:<line>: <key>: <words>`. */
  remark(path: Path, words: string): string;
  /** The line that a key is on, 1 for the first. */
  lineOf(path: Path): number;
}

/**
 * Reads a YAML file. An empty one is a mapping without keys, and a key without a value counts as left out. Unknown keys
 * are warnings, with the known one that was probably meant.
 * @param file its name, for messages
 * @param schema a z.object; other mappings in it are z.objects too, with or without a default
 * @throws AppError CONFIG_INVALID with every problem, each on a line `<file>:<line>: <key>: <what is expected>`, and the
 *   warnings, which often tell why something is missing
 */
export function readYamlFile<Value>(text: string, file: string, schema: z.ZodType<Value>): YamlFile<Value> {
  const source = readYamlSource(text);
  const onLine = ({ line, words }: LineRemark): string => `${file}:${line}: ${words}`;
  const at = (path: Path, words: string): LineRemark => {
    const key = keyText(path);
    return { line: source.lineOf(path), words: key === '' ? words : `${key}: ${words}` };
  };
  const warnings = source.warnings.map(onLine);
  if (source.problems.length > 0) throw fileError(source.problems.map(onLine), warnings);
  const values = source.values ?? {};
  const unknown = unknownKeys(schema, values, []).map(({ path, words }) => at(path, words));
  warnings.push(...inOrder(unknown).map(onLine));
  const { data, error } = schema.safeParse(values, { error: typeWords });
  const problems = error?.issues.map((issue) => at(pathOf(issue), issue.message)) ?? [];
  if (data === undefined || error) throw fileError(inOrder(problems).map(onLine), warnings);
  return {
    value: data,
    warnings,
    remark: (path, words) => onLine(at(path, words)),
    lineOf: (path) => source.lineOf(path),
  };
}

function fileError(problems: readonly string[], warnings: readonly string[]): AppError {
  const lines = ['The configuration is invalid:', ...problems, ...warnings.map((told) => `warning: ${told}`)];
  return new AppError('CONFIG_INVALID', lines.join('\n'), { details: { problems, warnings } });
}

function inOrder(remarks: readonly LineRemark[]): LineRemark[] {
  return remarks.toSorted((left, right) => left.line - right.line);
}

/** As `local[1].path_prefix`. */
function keyText(path: Path): string {
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
};

/** What is expected where a value is missing or of another type; values of the right type are judged by their fields. */
function typeWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  const isPlaceInList = typeof issue.path?.at(-1) === 'number';
  if (issue.input === undefined && !isPlaceInList) return 'is required';
  const isScalar = typeof issue.input === 'number' || typeof issue.input === 'boolean';
  return `must be ${kinds[issue.expected] ?? issue.expected}${issue.expected === 'string' && isScalar ? ', in quotes' : ''}`;
}

/** Keys that the schema does not read, wherever they stand. */
function unknownKeys(schema: unknown, value: unknown, path: Path): { path: Path; words: string }[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((item, at) => unknownKeys(inner.element, item, [...path, at]));
  }
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || Array.isArray(value)) return [];
  const known: Readonly<Record<string, unknown>> = inner.shape;
  return Object.entries(value ?? {}).flatMap(([key, member]) => {
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
