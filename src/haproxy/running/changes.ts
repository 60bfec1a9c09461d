import type { Command } from './commands.ts';
import { type Backend, type Layout, type PlacedServer, parts } from './layout.ts';
import { backendIn, stripIn } from '../sections/map-routing.ts';
import { sorted } from '../sections/section.ts';

/** HAProxy's version, as far as it decides what can be done. */
export type Version = readonly [major: number, minor: number];

/** Why a reload is needed. */
export interface Reload {
  readonly reason:
    (typeof parts)[number] | 'service_added' | 'service_changed' | 'route_changed' | 'sticky_server';
  /** What it is about, where it is about one service. */
  readonly service?: string;
  readonly detail: string;
}

/** How a running HAProxy becomes what is wanted. */
export interface Changes {
  /** What can be done at once, whether or not a reload follows. */
  readonly runtime: readonly Command[];
  /** What remains for a reload; absent: nothing. */
  readonly reload: Reload | undefined;
  /** What runs after the commands and before the reload. */
  readonly after: Layout;
}

/**
 * The changes between what runs and what is wanted. While it runs, HAProxy changes servers of the backends that it has, and
 * routes that lead to these; everything else takes a reload:
 *
 * | change                                   | 2.6 to 2.9                     | 3.0 and later |
 * | ---------------------------------------- | ------------------------------ | ------------- |
 * | server more, in a backend with cookie    | `sticky_server`                | runtime       |
 * | server more otherwise, server less       | runtime                        | runtime       |
 * | address, weight                          | runtime                        | runtime       |
 * | server that is given by name, its others | `service_changed`              | the same      |
 * | options of a server or a backend         | `service_changed`              | the same      |
 * | routes of backends that exist            | runtime                        | the same      |
 * | more segments to take off than ever      | `route_changed`                | the same      |
 * | new backend                              | `service_added`                | the same      |
 * | backend less                             | runtime: it has no servers     | the same      |
 * | base, listeners, TLS, certificates       | `base` `tls` `certificates`    | the same      |
 * | to a text that stands alone              | `base`                         | the same      |
 */
export function changesBetween(running: Layout, wanted: Layout, version: Version): Changes {
  if (wanted.standsAlone === true) return { runtime: [], reload: outside(running, wanted), after: running };
  const after = new Map(running.backends);
  const backends: BackendChanges[] = [];
  for (const [name, backend] of running.backends) {
    const goal = wanted.backends.get(name);
    if (goal === backend) continue;
    const changes = backendChanges(name, backend, goal, version);
    backends.push(changes);
    after.set(name, changes.after);
  }
  const isSameMap = sameEntries(running.map.entries, wanted.map.entries);
  const entries = isSameMap ? running.map.entries : reachable(running, wanted);
  const commands = backends.flatMap(({ commands }) => commands);
  return {
    runtime: [
      ...commands.filter(({ kind }) => kind !== 'remove'),
      ...(isSameMap || sameEntries(running.map.entries, entries)
        ? []
        : [{ kind: 'map', file: running.map.file, entries } as const]),
      ...commands.filter(({ kind }) => kind === 'remove'),
    ],
    reload:
      outside(running, wanted) ?? added(running, wanted) ?? backends.find(({ reload }) => reload)?.reload,
    after: { ...running, backends: after, map: { ...running.map, entries } },
  };
}

interface BackendChanges {
  readonly commands: readonly Command[];
  readonly reload: Reload | undefined;
  readonly after: Backend;
}

/** What happens to one backend; `wanted` is absent where its service is gone. */
function backendChanges(
  name: string,
  running: Backend,
  wanted: Backend | undefined,
  version: Version,
): BackendChanges {
  const after = new Map(running.servers);
  const commands: Command[] = [];
  let reload: Reload | undefined;
  const needs = (reason: Reload['reason'], detail: string): void => {
    reload ??= { reason, service: running.service, detail };
  };
  if (wanted !== undefined && structureOf(wanted) !== structureOf(running))
    needs('service_changed', `options of ${name}`);
  for (const [server, now] of wanted?.servers ?? []) {
    const place = { backend: name, server };
    const before = running.servers.get(server);
    if (before === undefined) {
      if (now.isNamed) needs('service_changed', `${server} is given by name`);
      else if (running.hasCookie && version[0] < 3)
        needs('sticky_server', `${server} in a backend with a cookie`);
      else if (!reload) {
        commands.push({ kind: 'add', ...place, ...addition(now, version) });
        after.set(server, now);
      }
    } else {
      const change = serverChange(before, now);
      if (change === 'reload') needs('service_changed', `options of ${server}`);
      else {
        commands.push(...change.map((command) => ({ ...command, ...place })));
        after.set(server, now);
      }
    }
  }
  for (const [server, { options }] of running.servers) {
    if (wanted?.servers.has(server)) continue;
    commands.push({ kind: 'remove', backend: name, server, options });
    after.delete(server);
  }
  const isReached = wanted !== undefined && reload === undefined && sameLines(running, wanted);
  const servers = commands.length === 0 ? running.servers : new Map(sorted([...after], ([server]) => server));
  return { commands, reload, after: isReached ? wanted : { ...running, servers } };
}

function sameLines(left: Backend, right: Backend): boolean {
  return left.lines.length === right.lines.length && left.lines.every((line, at) => line === right.lines[at]);
}

/** Lines that count; of the host that checks name, whichever it was at the last reload serves as well. */
function structureOf({ lines }: Backend): string {
  return lines.map((line) => line.replace(/^(http-check send .*) hdr Host \S+$/, '$1')).join('\n');
}

/** Without them, HAProxy before 3.0 keeps no connections to a server that was added. */
const poolOptions = 'pool-max-conn -1 pool-purge-delay 5s';

function addition({ endpoint, weight, options, isChecked }: PlacedServer, [major]: Version) {
  return { endpoint, weight, options, further: major < 3 ? poolOptions : '', isChecked };
}

type Change =
  | { kind: 'address'; endpoint: string }
  | { kind: 'weight'; weight: number }
  | { kind: 'ready'; isChecked: boolean };

function serverChange(before: PlacedServer, now: PlacedServer): Change[] | 'reload' {
  const isMoved = before.endpoint !== now.endpoint;
  if (before.options !== now.options || (isMoved && (before.isNamed || now.isNamed))) return 'reload';
  return [
    ...(isMoved ? [{ kind: 'address', endpoint: now.endpoint } as const] : []),
    ...(before.weight === now.weight ? [] : [{ kind: 'weight', weight: now.weight } as const]),
    ...(before.isOut === true ? [{ kind: 'ready', isChecked: now.isChecked } as const] : []),
  ];
}

/**
 * The routes that are wanted, as far as they lead to what runs; one that must wait for the reload leads where it led. A
 * running backend with a wanted name may be changed by the reload, and serves until then.
 */
function reachable(running: Layout, wanted: Layout): ReadonlyMap<string, string> {
  const canLead = (value: string): boolean =>
    running.backends.has(backendIn(value)) && stripIn(value) <= running.strippable;
  return new Map(
    [...wanted.map.entries].flatMap(([key, value]) => {
      const possible = canLead(value) ? value : running.map.entries.get(key);
      return possible === undefined ? [] : [[key, possible] as const];
    }),
  );
}

function sameEntries(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value);
}

function outside(running: Layout, wanted: Layout): Reload | undefined {
  const part = parts.find((part) => running.parts[part] !== wanted.parts[part]);
  if (part !== undefined) return { reason: part, detail: details[part] };
  return wanted.strippable > running.strippable
    ? { reason: 'route_changed', detail: 'a longer path to take off' }
    : undefined;
}

const details = {
  base: 'the sections around services',
  tls: 'how TLS is spoken',
  certificates: 'other certificates',
} as const;

function added(running: Layout, wanted: Layout): Reload | undefined {
  const name = [...wanted.backends.keys()].find((name) => !running.backends.has(name));
  const service = name === undefined ? undefined : wanted.backends.get(name)?.service;
  return service === undefined ? undefined : { reason: 'service_added', service, detail: `${name} is new` };
}
