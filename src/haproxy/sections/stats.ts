import type { Configuration } from '../model.ts';
import { bindLines, section, sorted } from './section.ts';

/** The administrators' listener; its requests stay out of the access log. */
export function statsSections({ stats, global }: Configuration): string[] {
  if (stats === undefined) return [];
  const users = sorted(stats.users, ({ name }) => name);
  const frontend = section('frontend fe_stats', [
    ...bindLines(stats.binds),
    ...(global.log === undefined ? [] : ['http-request set-log-level silent']),
    ...(users.length === 0 ? [] : ['http-request auth realm stats unless { http_auth(ul_stats) }']),
    '.if feature(PROMEX)',
    'http-request use-service prometheus-exporter if { path /metrics }',
    '.endif',
    'http-request return status 404 unless { path_beg /stats }',
    'stats enable',
    'stats uri /stats',
    'stats refresh 10s',
  ]);
  if (users.length === 0) return [frontend];
  const userlist = section(
    'userlist ul_stats',
    users.map(({ name, passwordHash }) => `user ${name} password ${passwordHash}`),
  );
  return [userlist, frontend];
}
