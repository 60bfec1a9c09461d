import type { Route } from '../model.ts';
import { backendName, pathDepth, takesAll } from '../routes.ts';

/** Where requests go that no route takes; no request can name it, since route backends begin with `r_` or `w_`. */
export const nowhere = 'be_none';

/** Routes of one kind of host: the variable with the host's part of the name, and the path depths in use, deepest first. */
interface Tier {
  readonly letter: 'h' | 'w' | 'a';
  readonly prefix: string;
  readonly depths: readonly number[];
}

/**
 * Rules that build the name of the backend from host and path and take the first that exists, so that a request costs
 * the same however many routes there are. `nbsrv` looks a backend up by name: it is found with all servers down, too, so
 * a broken service answers 503 and never falls through to another. A dynamic name without that guard would end the list.
 * Names carry a prefix, so that no Host header reaches another section, or on 2.6 a backend by its number (`#1`).
 */
export function routingLines(routes: readonly Route[]): string[] {
  const tiers = tiersOf(routes);
  const deepest = Math.max(0, ...tiers.flatMap(({ depths }) => depths));
  const wildcards = tiers.some(({ letter }) => letter === 'w');
  const names = tiers.flatMap(({ letter, prefix, depths }) =>
    depths.map((depth) => ({
      name: `txn.${letter}${depth}`,
      text: `${prefix}${depth > 0 ? `%[var(txn.p${depth})]` : ''}`,
    })),
  );
  const catchAll = routes.find(takesAll);
  return [
    ...(tiers.some(({ letter }) => letter !== 'a') ? hostLines : []),
    ...(wildcards ? ['http-request set-var(txn.wild) var(txn.host),field(2,.,0)'] : []),
    ...pathLines(deepest),
    ...names.map(({ name, text }) => `http-request set-var-fmt(${name}) ${text}`),
    ...names.map(({ name }) => `use_backend %[var(${name})] if { var(${name}),nbsrv -m found }`),
    `default_backend ${catchAll ? backendName(catchAll) : nowhere}`,
  ];
}

/** The host without port, case and final dot; IPv6 without brackets and with `_` for `:`, which ends the host in a name. */
const hostLines = [
  'http-request set-var(txn.host) req.fhdr(host),host_only,lower,rtrim(.)',
  'http-request set-var(txn.host) var(txn.host),ltrim([),rtrim(]),regsub(:,_,g) if { var(txn.host) -m sub : }',
];

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
