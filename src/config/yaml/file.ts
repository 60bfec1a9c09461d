import type * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { keyText, type Path, type PathRemark, readTree } from './tree.ts';
import { type LineRemark, readYamlSource } from './source.ts';

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

/** The values of a file with others in and over them. */
export interface Overlaid {
  readonly values: unknown;
  /** What users call a value that is not of the file. */
  nameOf(path: Path): string | undefined;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Puts other values over those of a file. */
export type Overlay = (values: unknown) => Overlaid;

const nothingOver: Overlay = (values) => ({ values, nameOf: () => undefined, problems: [], warnings: [] });

/**
 * Reads a YAML file. An empty one is a mapping without keys, and a key without a value counts as left out. Unknown keys
 * are warnings, with the known one that was probably meant.
 * @param file its name, for messages
 * @param schema as `readTree` takes it
 * @param overlay puts values over those of the file; what is wrong with them is told together with the file's problems
 * @throws AppError CONFIG_INVALID with every problem, each on a line `<file>:<line>: <key>: <what is expected>`, and the
 *   warnings, which often tell why something is missing
 */
export function readYamlFile<Value>(
  text: string,
  file: string,
  schema: z.ZodType<Value>,
  overlay: Overlay = nothingOver,
): YamlFile<Value> {
  const source = readYamlSource(text);
  const onLine = ({ line, words }: LineRemark): string => `${file}:${line}: ${words}`;
  const over = overlay(source.values ?? {});
  const isBroken = source.problems.length > 0;
  const { value, problems, unknown } = isBroken ? unread : readTree(over.values, schema);
  const told = (remarks: readonly PathRemark[]): string[] => {
    const ofFile = remarks.filter(({ path }) => over.nameOf(path) === undefined).map(at);
    const others = remarks.flatMap(({ path, words }) => over.nameOf(path)?.concat(': ', words) ?? []);
    return [...inOrder(ofFile).map(onLine), ...new Set(others)];
  };
  const at = ({ path, words }: PathRemark): LineRemark => {
    const key = keyText(path);
    return { line: source.lineOf(path), words: key === '' ? words : `${key}: ${words}` };
  };
  const warnings = [...source.warnings.map(onLine), ...told(unknown), ...over.warnings];
  const all = [...source.problems.map(onLine), ...told(problems), ...over.problems];
  if (value === undefined || all.length > 0) throw fileError(all, warnings);
  return {
    value,
    warnings,
    remark: (path, words) => onLine(at({ path, words })),
    lineOf: (path) => source.lineOf(path),
  };
}

const unread = { value: undefined, problems: [], unknown: [] };

function fileError(problems: readonly string[], warnings: readonly string[]): AppError {
  const lines = ['The configuration is invalid:', ...problems, ...warnings.map((told) => `warning: ${told}`)];
  return new AppError('CONFIG_INVALID', lines.join('\n'), { details: { problems, warnings } });
}

function inOrder(remarks: readonly LineRemark[]): LineRemark[] {
  return remarks.toSorted((left, right) => left.line - right.line);
}
