import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import type { Path } from './tree.ts';

/** Something that is said of a line of a file. */
export interface LineRemark {
  /** 1 for the first. */
  readonly line: number;
  readonly words: string;
}

/** The one document of a YAML text, and where its values stand. */
export interface YamlSource {
  /** Keys without a value are left out; undefined for an empty text, and with problems. */
  readonly values: unknown;
  readonly problems: readonly LineRemark[];
  readonly warnings: readonly LineRemark[];
  /** The line of a value's key, or of its place in a list; of what is not there, that of what should hold it. */
  lineOf(path: Path): number;
}

/** More make a bomb rather than a file: each may stand for many others. */
const mostAliases = 1000;

/**
 * Reads YAML 1.2 (https://yaml.org/spec/1.2.2/) with merge keys (`<<`). Problems are faults of syntax, keys given twice, a
 * second document, and aliases without an anchor, inside their own anchor, or too many of them. No problem shows what the
 * text holds, apart from keys and anchors.
 */
export function readYamlSource(text: string): YamlSource {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    merge: true,
  });
  const { problems, anchored } = look(document, lineAt);
  const syntax = [
    ...document.errors.map(({ message, pos }) => ({ line: lineAt(pos[0]), words: syntaxWords(message) })),
    ...problems,
  ];
  const read = syntax.length > 0 ? { values: undefined, problems: syntax } : valuesOf(document);
  return {
    values: read.values,
    problems: onePerLine(read.problems),
    warnings: document.warnings.map(({ message, pos }) => ({ line: lineAt(pos[0]), words: message })),
    lineOf: (path) => lineAt(offsetOf(document.contents, path, anchored)),
  };
}

/** The parser's own words, without what it quotes of the text. */
function syntaxWords(message: string): string {
  if (message.startsWith('Source contains multiple documents'))
    return 'must be the only document of the file';
  return `is no YAML: ${message.replace(/(?<=\S): .*$/s, '')}`;
}

/** One fault makes the parser stumble several times. */
function onePerLine(remarks: readonly LineRemark[]): LineRemark[] {
  const first = new Map<number, LineRemark>();
  for (const remark of remarks) if (!first.has(remark.line)) first.set(remark.line, remark);
  return [...first.values()].toSorted((left, right) => left.line - right.line);
}

function valuesOf(document: Document.Parsed): Pick<YamlSource, 'values' | 'problems'> {
  const reviver = (_key: unknown, value: unknown) => value ?? undefined;
  try {
    return { values: document.toJS({ maxAliasCount: mostAliases, reviver }), problems: [] };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { values: undefined, problems: [{ line: 1, words: 'its aliases stand for too many values' }] };
  }
}

interface Look {
  readonly problems: readonly LineRemark[];
  /** What aliases stand for. */
  readonly anchored: ReadonlyMap<Node, Node>;
}

/** Goes through the document once, in the order of the text. */
function look(document: Document.Parsed, lineAt: (offset: number) => number): Look {
  const problems: LineRemark[] = [];
  const anchors = new Map<string, Node>();
  const anchored = new Map<Node, Node>();
  const problem = (node: unknown, words: string) => problems.push({ line: lineAt(startOf(node)), words });

  function lookAtAlias(alias: Alias): symbol | undefined {
    const { source } = alias;
    const target = anchors.get(source);
    if (target === undefined) problem(alias, `*${source} stands for nothing: no &${source} comes before it`);
    else if (startOf(alias) < endOf(target)) problem(alias, `*${source} stands for what it is part of`);
    else anchored.set(alias, target);
    if (anchored.size <= mostAliases) return undefined;
    problem(alias, `there are more than ${mostAliases} aliases`);
    return visit.BREAK;
  }

  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) return lookAtAlias(node);
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (!isMap(node)) return undefined;
      for (const { key, firstLine } of keysGivenTwice(node.items, lineAt)) {
        problem(key, `${String(key)}: is given on line ${firstLine} already`);
      }
      return undefined;
    },
  });
  return { problems, anchored };
}

/** The keys of a mapping that stood in it before. */
function keysGivenTwice(
  pairs: readonly Pair[],
  lineAt: (offset: number) => number,
): { key: unknown; firstLine: number }[] {
  const first = new Map<string, number>();
  return pairs.flatMap(({ key }) => {
    const name = String(key);
    const firstLine = first.get(name);
    if (firstLine !== undefined) return [{ key, firstLine }];
    first.set(name, lineAt(startOf(key)));
    return [];
  });
}

/** Follows the path as far as it goes, through aliases and merged mappings. */
function offsetOf(contents: unknown, path: Path, anchored: ReadonlyMap<Node, Node>): number {
  let node = contents;
  let offset = startOf(node);
  for (const step of path) {
    const next = memberOf(targetOf(node, anchored), step, anchored);
    if (next === undefined) break;
    offset = startOf(isPair(next) ? next.key : next);
    node = isPair(next) ? next.value : next;
  }
  return offset;
}

function memberOf(node: unknown, step: string | number, anchored: ReadonlyMap<Node, Node>): unknown {
  if (isSeq(node)) return typeof step === 'number' ? node.items[step] : undefined;
  if (!isMap(node)) return undefined;
  const own = node.items.find(({ key }) => String(key) === step);
  if (own !== undefined) return own;
  const merged = node.items.filter(({ key }) => String(key) === '<<').map(({ value }) => value);
  return merged
    .flatMap((value) => (isSeq(value) ? value.items : [value]))
    .map((value) => memberOf(targetOf(value, anchored), step, anchored))
    .find((member) => member !== undefined);
}

function targetOf(node: unknown, anchored: ReadonlyMap<Node, Node>): unknown {
  return isAlias(node) ? anchored.get(node) : node;
}

function startOf(node: unknown): number {
  return rangeOf(node)?.[0] ?? 0;
}

function endOf(node: unknown): number {
  return rangeOf(node)?.[1] ?? 0;
}

function rangeOf(node: unknown): readonly number[] | null | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range : undefined;
}
