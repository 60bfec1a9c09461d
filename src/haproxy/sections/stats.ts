import type { Configuration } from '../model.ts';
import { bindLines, section } from './section.ts';

/** The administrators' listener; its requests stay out of the access log. */
export function statsSections({ stats, global }: Configuration): string[] {
  if (stats === undefined) return [];
  return [
    section('frontend fe_stats', [
      ...bindLines(stats.binds),
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
