import { firstLine } from '../render.ts';
import { mapBackend, mapFileIn, strippableIn, withoutStripLines } from '../sections/map-routing.ts';
import { resolversName } from '../sections/base.ts';
import type { Backend, Layout, PlacedServer } from './layout.ts';

/** What a backend's section begins with, as `configText` writes it; no text in it is a line of its own. */
const backendStart = /\n\n# (\S+):\nbackend be_\1(?=\n)/;
const backendSection = new RegExp(`${backendStart.source}((?:\\n {4}[^\\n]*)*)`, 'y');
const serverLine = /^server (s_\S+) (\S+) weight (\d+)(?: (.*))?$/;
const cookieLine = /^cookie \S+ (prefix nocache|insert indirect nocache httponly)$/;

/** A file of `configText`, taken apart. */
interface Parsed {
  readonly head: string;
  readonly backends: ReadonlyMap<string, Backend>;
  readonly tail: string;
}

/**
 * The layout of a HAProxy that runs a file which an earlier agent wrote. What is around its backends is known by its text
 * alone: where that is another than is wanted, or not ours, the changes to what is wanted ask for a reload.
 * @param text of the file
 * @param entries of the map that is beside it
 */
export function adoptedLayout(text: string, wanted: Layout, entries: ReadonlyMap<string, string>): Layout {
  const { head, backends, tail } = parsed(text, wanted);
  const [wantedHead, wantedTail] = [textOf(wanted.frame.head), textOf(wanted.frame.tail)];
  const isSame = steady(head) === steady(wantedHead) && tail === wantedTail;
  return {
    parts: isSame ? { ...wanted.parts, certificates: certificatesIn(head) } : { ...wanted.parts, base: '' },
    backends,
    map: { file: mapFileIn(head) ?? wanted.map.file, entries },
    strippable: strippableIn(head),
    frame: {
      head: head === wantedHead ? wanted.frame.head : [head],
      tail: tail === '' ? [] : [tail],
    },
  };
}

/** An administrator's own sections may look like ours, so that those that are wanted are known by their whole text first. */
function parsed(text: string, { frame }: Layout): Parsed {
  const whole = text.replace(/\n$/, '');
  const [head, tail] = [textOf(frame.head), textOf(frame.tail)];
  const start = whole.startsWith(`${head}\n\n`) || whole === head ? head.length : whole.search(backendStart);
  if (!text.startsWith(firstLine) || start === -1) return { head: whole, backends: new Map(), tail: '' };
  const end = tail !== '' && whole.endsWith(`\n\n${tail}`) ? whole.length - tail.length - 2 : whole.length;
  const backends = new Map<string, Backend>();
  const body = whole.slice(0, Math.max(start, end));
  let at = start;
  for (;;) {
    backendSection.lastIndex = at;
    const [section, service, lines] = backendSection.exec(body) ?? [];
    if (section === undefined || service === undefined) break;
    backends.set(mapBackend(service), backendOf(service, lines ?? ''));
    at += section.length;
  }
  return { head: whole.slice(0, start), backends, tail: whole.slice(at).replace(/^\n\n/, '') };
}

function backendOf(service: string, text: string): Backend {
  const lines = text.split('\n    ').slice(1);
  const servers = lines.findLastIndex((line) => !serverLine.test(line)) + 1;
  return {
    service,
    lines: lines.slice(0, servers),
    hasCookie: lines.slice(0, servers).some((line) => cookieLine.test(line)),
    servers: new Map(lines.slice(servers).map(placed)),
  };
}

function placed(line: string): [name: string, server: PlacedServer] {
  const [, name = '', endpoint = '', weight, options = ''] = serverLine.exec(line) ?? [];
  const isNamed = ` ${options}`.includes(` resolvers ${resolversName} `);
  return [
    name,
    { endpoint, weight: Number(weight), options, isChecked: options.startsWith('check '), isNamed },
  ];
}

const certificatesSection = /^([^\n]*\n)\n# certificates: ([0-9A-Za-z]+)\n/;

function certificatesIn(head: string): string {
  return certificatesSection.exec(head)?.[2] ?? '';
}

/** Without what has a reason of its own for a reload, or none. */
function steady(head: string): string {
  return withoutStripLines(head.replace(certificatesSection, '$1'));
}

function textOf(sections: readonly string[]): string {
  return sections.join('\n\n');
}
