import { type Checked, accepted, refused } from '../../../core/checked.ts';
import { checkHostPattern, checkPathPrefix } from '../../../core/network/route.ts';
import { quoted } from '../../../core/wording.ts';
import type { RouteClaim } from '../../model/sighting.ts';

/** How fabio's tags begin (https://fabiolb.net/quickstart/). */
const prefix = 'urlprefix-';

/** Texts by key: Meta as it is, and tags `key=value`; Meta wins over tags, and the first tag over later ones. */
export function attributesOf(
  meta: Readonly<Record<string, string>>,
  tags: readonly string[],
): Record<string, string> {
  const pairs = tags.filter((tag) => !isPrefixTag(tag)).map((tag) => /^([^=]+)=(.*)$/s.exec(tag) ?? []);
  const tagged = pairs.flatMap(([, key, value]) =>
    key === undefined || value === undefined ? [] : [[key, value] as const],
  );
  // Of pairs with one key the last counts.
  return Object.fromEntries([...tagged.toReversed(), ...Object.entries(meta)]);
}

/** What fabio's tags ask for, and what is wrong with those that ask for what cannot be given. */
export interface PrefixRoutes {
  readonly routes: readonly RouteClaim[];
  readonly problems: readonly string[];
}

/** Reads fabio's tags among the tags of an instance; a bad one costs its own route alone. */
export function prefixRoutes(tags: readonly string[]): PrefixRoutes {
  const read = tags.filter(isPrefixTag).map(readPrefixTag);
  return {
    routes: read.flatMap((route) => (route.ok ? [route.value] : [])),
    problems: read.flatMap((route) => (route.ok ? [] : [route.problem])),
  };
}

function isPrefixTag(tag: string): boolean {
  return wordsOf(tag)[0]?.startsWith(prefix) ?? false;
}

function wordsOf(tag: string): string[] {
  return tag.split(' ').filter((word) => word !== '');
}

/** `urlprefix-[host]/path [strip=/path] [proto=http|https]`, with spaces between; nothing else is known here. */
function readPrefixTag(tag: string): Checked<RouteClaim> {
  const [first = '', ...options] = wordsOf(tag);
  const route = readPlace(first.slice(prefix.length));
  const value = route.ok ? withOptions(route.value, options) : route;
  return value.ok
    ? value
    : { ok: false, problem: `The tag ${quoted(tag, 120)} is left out: ${value.problem}` };
}

function readPlace(where: string): Checked<Place> {
  const slash = where.indexOf('/');
  if (slash === -1) return refused('a host, or none, and a path', where);
  const [host, path] = [where.slice(0, slash), checkPathPrefix(where.slice(slash))];
  if (!path.ok) return { ok: false, problem: `its path ${path.problem}` };
  if (host === '') return accepted({ path: path.value });
  const pattern = checkHostPattern(host);
  return pattern.ok
    ? accepted({ host: pattern.value, path: path.value })
    : { ok: false, problem: `its host ${pattern.problem}` };
}

interface Place {
  readonly host?: string;
  readonly path: string;
}

function withOptions(place: Place, options: readonly string[]): Checked<RouteClaim> {
  const claim: RouteClaim = { ...place };
  const names = options.map((option) => option.split('=')[0]);
  if (new Set(names).size < names.length)
    return refused('a route that gives each option once', options.join(' '));
  for (const option of options) {
    const read = readOption(place, option);
    if (!read.ok) return read;
    Object.assign(claim, read.value);
  }
  return accepted(claim);
}

function readOption({ path }: Place, option: string): Checked<Pick<RouteClaim, 'strip' | 'scheme'>> {
  const [, key, value = ''] = /^(strip|proto)=(.*)$/s.exec(option) ?? [];
  if (key === 'proto') {
    return value === 'http' || value === 'https'
      ? accepted({ scheme: value })
      : { ok: false, problem: `proto ${refused('http or https', value).problem}` };
  }
  if (key !== 'strip')
    return { ok: false, problem: `its options ${refused('strip= and proto=', option).problem}` };
  const stripped = checkPathPrefix(value);
  return stripped.ok && stripped.value === path
    ? accepted({ strip: true })
    : { ok: false, problem: `strip ${refused(`the route's own path, ${path}`, value).problem}` };
}
