import { ownSections } from '../sections/base.ts';
import type { Layout } from './layout.ts';

/**
 * The layout of a configuration that somebody else wrote whole: no backend and no route of it is known, and every change is a
 * reload.
 * @param text of the file
 * @param socket where the process takes every command
 * @param mapFile a map without entries, which the text does not name
 */
export function standaloneLayout(text: string, socket: string, mapFile: string): Layout {
  return {
    parts: { base: text, tls: '', certificates: '' },
    backends: new Map(),
    map: { file: mapFile, entries: new Map() },
    strippable: 0,
    frame: { head: ownSections(text, { socket }), tail: [] },
    standsAlone: true,
  };
}
