import type { Configuration, Credentials } from '../model.ts';
import { modeLines } from './base.ts';
import { bindLines, linesFor, section } from './section.ts';

/** The backend with the pages of the public listener; no route leads there. */
const pagesBackend = 'st_pages';
const usersOfStats = 'ul_stats';
const usersOfMetrics = 'ul_metrics';
const usersOfBoth = 'ul_pages';

/** The administrators' listener; its requests stay out of the access log. */
export function statsSections(model: Configuration): string[] {
  const { stats, global } = model;
  if (stats === undefined) return [];
  return [
    ...linesFor(stats.credentials, (user) => [userSection(usersOfBoth, user)]),
    section('frontend fe_stats', [
      ...modeLines(model),
      ...bindLines(stats.binds),
      ...linesFor(stats.credentials, () => [authLine('pages', usersOfBoth)]),
      ...(global.log === undefined ? [] : ['http-request set-log-level silent']),
      '.if feature(PROMEX)',
      'http-request use-service prometheus-exporter if { path /metrics }',
      '.endif',
      'http-request return status 404 unless { path_beg /stats }',
      'stats enable',
      'stats uri /stats',
      'stats refresh 10s',
    ]),
  ];
}

/** Who may see the pages of the public listener, and the backend with the statistics. */
export function pageSections(model: Configuration): string[] {
  const { stats, metrics } = model.frontend.pages ?? {};
  return [
    ...linesFor(metrics, (user) => [userSection(usersOfMetrics, user)]),
    ...linesFor(stats, (user) => [
      userSection(usersOfStats, user),
      section(`backend ${pagesBackend}`, [
        ...modeLines(model),
        'balance roundrobin',
        authLine('stats', usersOfStats),
        'stats enable',
        'stats uri /stats',
        'stats refresh 10s',
      ]),
    ]),
  ];
}

/**
 * What the public listener does with requests for its pages. What a route does to a path comes before `use_backend`, so
 * that a variable, not the path, says which are for a page.
 */
export function pageLines({ pages = {} }: Configuration['frontend']): string[] {
  return [
    ...linesFor(pages.metrics, () => [
      '.if feature(PROMEX)',
      authLine('metrics', usersOfMetrics, '{ path /metrics } '),
      'http-request use-service prometheus-exporter if { path /metrics }',
      '.endif',
    ]),
    ...linesFor(pages.stats, () => [
      'http-request set-var(txn.page) bool(true) if { path -m reg ^/stats(;|$) }',
    ]),
  ];
}

/** Where those requests go, before any route is looked at. */
export function pageBackends({ pages = {} }: Configuration['frontend']): readonly string[] {
  return linesFor(pages.stats, () => [`use_backend ${pagesBackend} if { var(txn.page) -m found }`]);
}

function userSection(list: string, { user, hash }: Credentials): string {
  return section(`userlist ${list}`, [`user ${user} password ${hash}`]);
}

/** @param only a condition that comes first, since each look at a password takes a while */
function authLine(realm: string, list: string, only = ''): string {
  return `http-request auth realm ${realm} if ${only}!{ http_auth(${list}) }`;
}
