import type { Route } from '../model.ts';
import { backendName, pathDepth, takesAll } from '../routes.ts';

/** Where requests go that no route takes; no request can name it, since route backends begin with `r_` or `w_`. */
export const nowhere = 'be_none';

/** How a listener finds the backend of a request; HAProxy wants the two kinds of lines in this order. */
export interface Routing {
  readonly rules: readonly string[];
  readonly backends: readonly string[];
}

/** Routes of one kind of host: the variable with the host's part of the name, and the path depths in use, deepest first. */
interface Tier {
  readonly letter: 'h' | 'w' | 'a';
  readonly prefix: string;
  readonly depths: readonly number[];
}

/**
 * Rules that build the name of the backend from host and path and take the first that exists, so that a request costs
 * the same however many routes there are. `nbsrv` looks a backend up by name: it is found with all servers down, too, so
 * a broken service answers 503 and never falls through to another. Only the last rule does without, since a name that
 * does not exist ends the list and leads to the default. Names carry a prefix, so that no Host header reaches another
 * section, or on 2.6 a backend by its number (`#1`).
 */
export function routingByName(routes: readonly Route[]): Routing {
  const tiers = tiersOf(routes);
  const candidates = tiers.flatMap(({ letter, prefix, depths }) =>
    depths.map((depth) => ({
      variable: `txn.${letter}${depth}`,
      name: `${prefix}${depth > 0 ? `%[var(txn.p${depth})]` : ''}`,
    })),
  );
  const guarded = candidates.slice(0, -1);
  const catchAll = routes.find(takesAll);
  return {
    rules: [
      ...hostLines(routes, tiers),
      ...pathLines(Math.max(0, ...tiers.flatMap(({ depths }) => depths))),
      ...guarded.map(({ variable, name }) => `http-request set-var-fmt(${variable}) ${name}`),
    ],
    backends: [
      ...guarded.map(
        ({ variable }) => `use_backend %[var(${variable})] if { var(${variable}),nbsrv -m found }`,
      ),
      ...candidates.slice(-1).map(({ name }) => `use_backend ${name}`),
      `default_backend ${catchAll ? backendName(catchAll) : nowhere}`,
    ],
  };
}

/**
 * The host without port, case and final dot; and of wildcards what follows the first label. Where names hold `:`, between
 * host and path or for IPv6, it becomes `_` in the host, so that no host passes for host and path; brackets go. An
 * IPv6 address is met in RFC 5952's spelling, whatever its case: HAProxy cannot shorten another.
 */
function hostLines(routes: readonly Route[], tiers: readonly Tier[]): string[] {
  if (tiers.every(({ letter }) => letter === 'a')) return [];
  const colons = routes.some(({ host, path }) => path !== undefined || host?.startsWith('[') === true);
  return [
    'http-request set-var(txn.host) req.fhdr(host),host_only,lower,rtrim(.)',
    ...(colons
      ? [
          'http-request set-var(txn.host) var(txn.host),ltrim([),rtrim(]),regsub(:,_,g) if { var(txn.host) -m sub : }',
        ]
      : []),
    ...(tiers.some(({ letter }) => letter === 'w')
      ? ['http-request set-var(txn.wild) var(txn.host),field(2,.,0) unless { var(txn.host) -m beg . }']
      : []),
  ];
}

/** `txn.p1` is `:a` of `/a/b`, `txn.p2` is `:a:b`; a client's own `:` becomes `~`, which no route holds. */
function pathLines(deepest: number): string[] {
  if (deepest === 0) return [];
  const prefixes = Array.from({ length: deepest }, (_, at) => {
    const parent = at === 0 ? '' : `%[var(txn.p${at})]`;
    return `http-request set-var-fmt(txn.p${at + 1}) ${parent}:%[var(txn.path),field(${at + 2},/)]`;
  });
  return [
    'http-request set-var(txn.path) path',
    'http-request set-var(txn.path) path,regsub(:,~,g) if { path -m sub : }',
    ...prefixes,
  ];
}

function tiersOf(routes: readonly Route[]): Tier[] {
  const kinds = [
    {
      letter: 'h',
      prefix: 'r_%[var(txn.host)]',
      has: ({ host }: Route) => host !== undefined && !host.startsWith('*.'),
    },
    { letter: 'w', prefix: 'w_%[var(txn.wild)]', has: ({ host }: Route) => host?.startsWith('*.') === true },
    { letter: 'a', prefix: 'r_', has: ({ host, path }: Route) => host === undefined && path !== undefined },
  ] as const;
  return kinds
    .map(({ letter, prefix, has }) => {
      const depths = new Set(routes.filter((route) => has(route)).map(pathDepth));
      return { letter, prefix, depths: [...depths].sort((left, right) => right - left) };
    })
    .filter(({ depths }) => depths.length > 0);
}
