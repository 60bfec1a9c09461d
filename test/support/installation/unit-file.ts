import { readFileSync } from 'node:fs';

/** A unit of systemd, or a drop-in of one. */
export interface UnitFile {
  /** The values of a key in their order; an empty one forgets those before it. */
  all(key: string): readonly string[];
  /** The last of them. */
  last(key: string): string | undefined;
}

/** Reads units (https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html), later ones as drop-ins. */
export function readUnit(...files: readonly string[]): UnitFile {
  const values = new Map<string, string[]>();
  for (const file of files) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [, key = '', value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
      if (key !== '') values.set(key, value === '' ? [] : [...(values.get(key) ?? []), value]);
    }
  }
  const all = (key: string): readonly string[] => values.get(key) ?? [];
  return { all, last: (key) => all(key).at(-1) };
}

/** What its Environment gives. */
function environmentOf(unit: UnitFile): Record<string, string> {
  const words = unit.all('Environment').flatMap((line) => line.match(/"[^"]*"|\S+/g) ?? []);
  return Object.fromEntries(
    words.map((word) => /^([^=]+)=(.*)$/s.exec(word.replaceAll('"', ''))?.slice(1) as [string, string]),
  );
}

/** The words of its ExecStart, with variables in their places. */
export function commandOf(unit: UnitFile): string[] {
  const variables = environmentOf(unit);
  const line = (unit.last('ExecStart') ?? '').replaceAll(
    /\$([A-Z]+)/g,
    (_, name: string) => variables[name] ?? '',
  );
  return line.split(/\s+/);
}
