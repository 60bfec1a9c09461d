import { changesBetween, type Version } from '../haproxy/running/changes.ts';
import { adoptedLayout } from '../haproxy/running/adopted.ts';
import { configText, type Layout, mapText } from '../haproxy/running/layout.ts';
import type { Why } from './apply/knowledge.ts';
import { withoutSecrets } from '../haproxy-process/without-secrets.ts';

/** A HAProxy's file and map as texts; empty where there are none. */
export interface Texts {
  readonly config: string;
  readonly map: string;
}

/** What differs in one section of the file, or in the map; passwords and their hashes are `***`. */
interface SectionDiff {
  /** Its first line, which is among what comes or goes where all of it does. */
  readonly section: string;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** How what is wanted differs from what is applied. */
export interface Diff {
  readonly sections: readonly SectionDiff[];
  /** Why HAProxy would be reloaded; undefined where it would not. */
  readonly reload: Why | undefined;
}

/** Called so in place of the first line of a section. */
const routes = 'routes';

/**
 * Secrets in lines that differ are shown as `***`.
 * @param version of the HAProxy that would be changed, which decides what takes a reload
 */
export function diffBetween(applied: Texts, wanted: Layout, version: Version): Diff {
  const before = sectionsOf(applied.config).set(routes, linesOf(applied.map));
  const after = sectionsOf(configText(wanted)).set(routes, linesOf(mapText(wanted.map)));
  const sections = [...new Set([...before.keys(), ...after.keys()])].flatMap((section) => {
    const [old = [], now = []] = [before.get(section), after.get(section)];
    if (old.join('\n') === now.join('\n')) return [];
    return [{ section: withoutSecrets(section), removed: shown(old, now), added: shown(now, old) }];
  });
  if (applied.config === '')
    return { sections, reload: { reason: 'start', detail: 'nothing is applied yet' } };
  // Routes in the map never need a reload by themselves.
  const running = adoptedLayout(applied.config, wanted, new Map());
  return { sections, reload: changesBetween(running, wanted, version).reload };
}

/** Whether HAProxy would go on as it is. Other certificates change no line, and are loaded by a reload all the same. */
export function isNothing({ sections, reload }: Diff): boolean {
  return sections.length === 0 && reload === undefined;
}

/** For people: a line for each that goes (`-`) or comes (`+`), under the section that it is in. */
export function diffText(diff: Diff): string {
  if (isNothing(diff)) return 'Nothing would change.';
  const { sections, reload } = diff;
  const blocks = sections.map(({ section, removed, added }) =>
    [
      section,
      ...removed.map((line) => `  - ${line}`),
      ...added.map((line) => `  + ${line}`),
      ...(removed.length + added.length === 0 ? ['  ~ the order of its lines'] : []),
    ].join('\n'),
  );
  const about = reload?.service === undefined ? '' : `${reload.service}: `;
  const way =
    reload === undefined
      ? 'HAProxy would be changed while it runs.'
      : `HAProxy would be reloaded (${reload.reason}): ${about}${reload.detail}.`;
  return [...blocks, way].join('\n\n');
}

/** The lines of each section, with its first one, by which it is known; only that one is not indented. */
function sectionsOf(text: string): Map<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split('\n').filter((line) => /^\s*[^#\s]/.test(line))) {
    if (/^\S/.test(line)) {
      lines = sections.get(line) ?? [line];
      sections.set(line, lines);
    } else lines.push(line.trim());
  }
  return sections;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Lines that are not among others. */
function shown(lines: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line)).map(withoutSecrets);
}
