import type { Version } from '../haproxy/running/changes.ts';

/** The version in what `haproxy -v`, `show version` or `show info` say; undefined where there is none. */
export function versionIn(text: string): Version | undefined {
  const [, major, minor] = /(?:^|version:? )(\d+)\.(\d+)/im.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/** What `show info` says, by its names (https://docs.haproxy.org/2.6/management.html#9.3-show%20info). */
export function parseInfo(answer: string): ReadonlyMap<string, string> {
  return new Map(
    answer.split('\n').flatMap((line): [string, string][] => {
      const [, name, value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * Some columns of `show stat`, whose rows have a hundred; no value of ours holds a comma or quotes.
 * @param names of the columns
 * @returns a list a row, with the values in the order of the names
 */
export function parseStat(answer: string, names: readonly string[]): string[][] {
  const [heading = '', ...lines] = answer.split('\n');
  const columns = heading.replace(/^# /, '').split(',');
  const places = names.map((name) => columns.indexOf(name));
  const most = Math.max(...places) + 1;
  return lines
    .filter((line) => line.includes(','))
    .map((line) => {
      const values = line.split(',', most);
      return places.map((at) => values[at] ?? '');
    });
}

/** The entries of `show map <file>`: an address, a key and a value a line. */
export function parseMap(answer: string): ReadonlyMap<string, string> {
  return new Map(
    answer.split('\n').flatMap((line): [string, string][] => {
      const [, key, value = ''] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, value]];
    }),
  );
}

/** The processes of a HAProxy that runs with `-W`. */
export interface Processes {
  readonly master: number;
  readonly reloads: number;
  /** Reloads since the last that succeeded. */
  readonly failures: number;
  readonly workers: readonly number[];
  /** Those that end their last connections. */
  readonly oldWorkers: readonly number[];
}

/** What the master says to `show proc`, such as `4711  master  3 [failed: 0]  0d00h02m07s  2.6.12`; undefined for else. */
export function parseProcesses(answer: string): Processes | undefined {
  const [, master, reloads, failures = '0'] =
    /^(\d+)\s+master\s+(\d+)(?:\s+\[failed: (\d+)\])?/m.exec(answer) ?? [];
  if (master === undefined) return undefined;
  const [current = '', old = ''] = answer.split('# old workers');
  const workersIn = (part: string): number[] =>
    [...part.matchAll(/^(\d+)\s+worker\s/gm)].map(([, pid]) => Number(pid));
  return {
    master: Number(master),
    reloads: Number(reloads),
    failures: Number(failures),
    workers: workersIn(current),
    oldWorkers: workersIn(old),
  };
}
