import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import type { How } from '../../../src/agent/apply/api.ts';
import { tries } from '../../support/explorations.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';
import { createAgentWorld, givenTold, startedAt, wellSource } from '../../support/agent/told.ts';

async function linesOf(admin: string): Promise<string[]> {
  const answer = await fetch(`${admin}/metrics`);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return (await answer.text()).split('\n');
}

const changed = (how: How, reason: string) =>
  ({ at: startedAt, how, reason, service: undefined, detail: '' }) as const;

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details */
const metricsLine = /^(#.*|[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? ([0-9.e+-]+|\+Inf)|)$/;

describe('/metrics', () => {
  it('has the names that dashboards use', async () => {
    const { admin, records } = await givenTold();
    records.onChange(changed('reload', 'start'), { durationMs: 5, kinds: {} });
    const lines = await linesOf(admin);
    const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.slice(7));
    expect(types.toSorted()).toEqual(
      [
        'lambda_agent_source_up gauge',
        'lambda_agent_source_last_success_timestamp_seconds gauge',
        'lambda_agent_source_reads_total counter',
        'lambda_agent_source_servers gauge',
        'lambda_agent_source_held gauge',
        'lambda_agent_services gauge',
        'lambda_agent_servers gauge',
        'lambda_agent_route_conflicts gauge',
        'lambda_agent_reloads_total counter',
        'lambda_agent_reload_failures_total counter',
        'lambda_agent_rejected_configs_total counter',
        'lambda_agent_runtime_changes_total counter',
        'lambda_agent_apply_duration_seconds histogram',
        'lambda_agent_haproxy_up gauge',
        'lambda_agent_config_applied_timestamp_seconds gauge',
      ].toSorted(),
    );
    expect(lines).toContain('lambda_agent_apply_duration_seconds_count{how="reload"} 1');
  });

  it('tells how sources, services and HAProxy are', async () => {
    const world = createAgentWorld();
    const held = { service: 'api', reason: 'less would be left', since: startedAt, reads: 1 };
    world.states = [
      { ...wellSource, reads: { succeeded: 5, failed: 2 }, servers: 3, held: [held] },
      { ...wellSource, name: 'docker', ok: false, lastSuccess: undefined, failures: 1 },
    ];
    world.servers = new Map([
      ['be_web/s_a', { state: 'up', health: '' }],
      ['be_web/s_b', { state: 'up', health: '' }],
      ['be_web/s_c', { state: 'down', health: 'L4CON' }],
    ]);
    const { admin } = await givenTold({ world });
    expect(await linesOf(admin)).toEqual(
      expect.arrayContaining([
        'lambda_agent_source_up{source="consul"} 1',
        'lambda_agent_source_up{source="docker"} 0',
        `lambda_agent_source_last_success_timestamp_seconds{source="consul"} ${startedAt / 1000}`,
        'lambda_agent_source_last_success_timestamp_seconds{source="docker"} 0',
        'lambda_agent_source_reads_total{source="consul",result="success"} 5',
        'lambda_agent_source_reads_total{source="consul",result="failure"} 2',
        'lambda_agent_source_servers{source="consul"} 3',
        'lambda_agent_source_held{source="consul"} 1',
        'lambda_agent_source_held{source="docker"} 0',
        'lambda_agent_services 1',
        'lambda_agent_servers{state="up"} 2',
        'lambda_agent_servers{state="down"} 1',
        'lambda_agent_servers{state="drain"} 0',
        'lambda_agent_route_conflicts 0',
        'lambda_agent_haproxy_up 1',
        `lambda_agent_config_applied_timestamp_seconds ${startedAt / 1000}`,
        'lambda_agent_reloads_total{reason="sticky_server"} 0',
        'lambda_agent_runtime_changes_total{kind="map"} 0',
      ]),
    );
    world.states = [wellSource];
    expect((await linesOf(admin)).join('\n')).not.toContain('docker');
  });

  it('counts what became of changes', async () => {
    const { admin, records } = await givenTold();
    records.onChange(changed('runtime', 'add, map'), { durationMs: 3, kinds: { add: 2, map: 1 } });
    records.onChange(changed('reload', 'service_added'), { durationMs: 400, kinds: {} });
    records.onChange(changed('rejected', 'service_added'), { durationMs: 20, kinds: {} });
    records.onFailure(new AppError('RELOAD_FAILED', 'HAProxy did not reload.'), 1000);
    records.onChange(changed('rollback', 'rollback'), { durationMs: 900, kinds: {} });
    expect(await linesOf(admin)).toEqual(
      expect.arrayContaining([
        'lambda_agent_runtime_changes_total{kind="add"} 2',
        'lambda_agent_runtime_changes_total{kind="map"} 1',
        'lambda_agent_reloads_total{reason="service_added"} 1',
        'lambda_agent_reloads_total{reason="rollback"} 1',
        'lambda_agent_reload_failures_total 1',
        'lambda_agent_rejected_configs_total 1',
        'lambda_agent_apply_duration_seconds_bucket{le="0.5",how="reload"} 1',
        'lambda_agent_apply_duration_seconds_sum{how="runtime"} 0.003',
      ]),
    );
  });

  it('is one line a value, whatever a reason or a source holds', async () => {
    const { admin, records, world } = await givenTold();
    const text = fc.oneof(fc.constantFrom(...hostileTexts, '"} 1\nevil 1', '\\"', '\\n'), fc.string());
    await fc.assert(
      fc.asyncProperty(text, async (hostile) => {
        records.onChange(changed('reload', hostile), { durationMs: 1, kinds: {} });
        world.states = [{ ...wellSource, name: hostile as typeof wellSource.name }];
        for (const line of await linesOf(admin)) expect(line).toMatch(metricsLine);
      }),
      tries(50),
    );
  });
});
