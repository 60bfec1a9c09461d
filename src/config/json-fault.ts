/** A place in a text, both from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** The tokens of JSON (RFC 8259), blanks before them included. */
const token =
  // eslint-disable-next-line no-control-regex -- control characters are what strings may not hold
  /[ \t\n\r]*(?:([[\]{}:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.]))/y;

/** What may come next. After `key` and `item` the bracket may close, since nothing came yet. */
type Expected = 'value' | 'item' | 'key' | 'nextKey' | 'colon' | 'comma' | 'end';

/** Where a text stops being JSON; undefined for JSON. */
export function jsonFault(text: string): TextPlace | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  while (expected !== 'end') {
    token.lastIndex = at;
    const [all, mark, string] = token.exec(text) ?? [];
    const next: Expected | undefined =
      all === undefined ? undefined : following(expected, mark ?? (string ? '"' : '0'), open);
    if (all === undefined || next === undefined) return placeOf(text, at);
    at += all.length;
    expected = next;
  }
  return text.slice(at).trim() === '' ? undefined : placeOf(text, at);
}

/** What follows a token that was expected, undefined for one that was not; `open` holds the brackets around it. */
function following(expected: Expected, mark: string, open: string[]): Expected | undefined {
  const afterValue = (): Expected => (open.length === 0 ? 'end' : 'comma');
  const inObject = open.at(-1) === '{';
  switch (mark) {
    case '{':
    case '[':
      if (expected !== 'value' && expected !== 'item') return undefined;
      open.push(mark);
      return mark === '{' ? 'key' : 'item';
    case '}':
    case ']':
      if (inObject !== (mark === '}') || !['comma', 'key', 'item'].includes(expected)) return undefined;
      open.pop();
      return afterValue();
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    case ',':
      if (expected !== 'comma') return undefined;
      return inObject ? 'nextKey' : 'value';
    default:
      if (expected === 'value' || expected === 'item') return afterValue();
      return mark === '"' && (expected === 'key' || expected === 'nextKey') ? 'colon' : undefined;
  }
}

/** The place of what stands at or, after blanks, behind an offset. */
function placeOf(text: string, offset: number): TextPlace {
  const start = offset + (/^[ \t\n\r]*/.exec(text.slice(offset))?.[0].length ?? 0);
  const before = text.slice(0, start).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
