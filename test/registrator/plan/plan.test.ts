import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { keyOf } from '../../../src/registrator/model/key.ts';
import { isConfirmed, planChanges } from '../../../src/registrator/plan/plan.ts';
import {
  functionStates,
  type PlanFixture,
  planSettings,
  readPlanFixtures,
  settingsOf,
  summaryOf,
  withFullArns,
  snapshotOf,
} from '../../support/plan/fixtures.ts';
import { registeredPair } from '../../support/plan/consul-model.ts';

const fixtures = readPlanFixtures();

/** The first two cells of each row of the table in planChanges' doc comment. */
function tableRows(): string[] {
  const source = readFileSync(new URL('../../../src/registrator/plan/plan.ts', import.meta.url), 'utf8');
  const rows = source.split('\n').filter((line) => line.startsWith(' * | '));
  return rows.slice(1).map((row) =>
    row
      .split('|')
      .slice(1, 3)
      .map((cell) => cell.trim())
      .join(' | '),
  );
}

/** Enabled functions as the tagging index lists them. */
function listed(names: readonly string[]): PlanFixture['functions'] {
  return Object.fromEntries(names.map((name) => [name, { tags: { enabled: 'true' }, fresh: false }]));
}

describe('planChanges', () => {
  const named = fixtures.map(([file, fixture]) => ({ file, title: fixture.title, fixture }));

  it.each(named)('$title ($file)', ({ fixture }) => {
    const plan = planChanges(snapshotOf(fixture), settingsOf(fixture));
    expect(summaryOf(plan)).toEqual(withFullArns(fixture.expected));
  });

  it('has a fixture for every row of its table, and every fixture shows a row or states a rule', () => {
    const shown = fixtures.map(([, { row }]) => row).filter((row) => row !== undefined);
    expect([...new Set(shown)].toSorted()).toEqual(tableRows().toSorted());
    expect(fixtures.filter(([, { row, rule }]) => row === undefined && rule === undefined)).toEqual([]);
  });

  it('trusts the tagging index for more than 50 uncontested new services, and for nothing else', () => {
    const names = Array.from({ length: 51 }, (_, index) => `f${index}`);
    const trusted = planChanges(snapshotOf({ functions: listed(names), consul: {} }), planSettings);
    expect(trusted.upserts.filter((change) => change.restsOn.length > 0)).toEqual([]);
    const few = planChanges(snapshotOf({ functions: listed(names.slice(1)), consul: {} }), planSettings);
    expect(few.upserts.filter((change) => change.restsOn.length === 0)).toEqual([]);
  });

  it('reads the tags of contested and half-registered names afresh, however many others are new', () => {
    const names = Array.from({ length: 51 }, (_, index) => `f${index}`);
    const rival = { tags: { enabled: 'true', 'service-name': 'pay' }, fresh: false };
    const world = snapshotOf({
      functions: { ...listed([...names, 'pay', 'half']), rival },
      consul: { serviceDefaults: [registeredPair('half', 'half').defaults] },
    });
    const unsure = planChanges(world, planSettings).upserts.filter((change) => change.restsOn.length > 0);
    expect(unsure.map((change) => change.service)).toEqual(['half', 'pay']);
  });

  it('confirms a change once every function that it rests on was read afresh', () => {
    const { service, defaults } = registeredPair('pay', 'zebra');
    const consul = { services: [service], serviceDefaults: [defaults] };
    const tags = { enabled: 'true', 'service-name': 'pay' };
    const [takeover] = planChanges(
      snapshotOf({ functions: { ant: { tags, fresh: true } }, consul }),
      planSettings,
    ).upserts;
    if (takeover === undefined) throw new Error('the name was not taken over');
    const confirmedBy = (functions: PlanFixture['functions']): boolean =>
      isConfirmed(takeover, functionStates(functions));
    expect(confirmedBy({ ant: { tags, fresh: true } })).toBe(false);
    expect(confirmedBy({ ant: { tags, fresh: false }, zebra: 'gone' })).toBe(false);
    expect(confirmedBy({ ant: { tags, fresh: true }, zebra: 'gone' })).toBe(true);
  });

  it('decides only the names that it is asked about', () => {
    const world = snapshotOf({ functions: listed(['pay', 'mail']), consul: {} });
    const plan = planChanges(world, planSettings, new Set([keyOf(agentsPlace, 'mail')]));
    expect(plan.upserts.map((change) => change.service)).toEqual(['mail']);
  });

  it('brings no further change for names that were settled before, and still counts what is ours', () => {
    const { service, defaults } = registeredPair('pay', 'pay');
    const world = snapshotOf({ functions: {}, consul: { services: [service], serviceDefaults: [defaults] } });
    const plan = planChanges(world, planSettings, undefined, new Set([keyOf(agentsPlace, 'pay')]));
    expect(summaryOf(plan)).toEqual({ changes: [], skips: [], unchanged: 0, owned: 1 });
  });
});
