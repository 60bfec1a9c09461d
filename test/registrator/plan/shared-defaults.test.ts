import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/registrator/model/change.ts';
import { keyOf } from '../../../src/registrator/model/key.ts';
import type { Decision } from '../../../src/registrator/plan/case.ts';
import { shareDefaults } from '../../../src/registrator/plan/shared-defaults.ts';
import { fullArn } from '../../support/plan/fixtures.ts';
import { registeredPair } from '../../support/plan/consul-model.ts';

const { service, defaults } = registeredPair('pay', 'pay');

function decision(datacenter: string, action?: Change['action']): Decision {
  const place = { datacenter };
  const key = keyOf(place, 'pay');
  if (action === undefined) return { skips: [], unchanged: key };
  const change: Change = {
    action,
    key,
    place,
    service: 'pay',
    arn: fullArn('pay'),
    fields: [],
    reason: '',
    pair: { place, namesakes: [], service },
    writes: action === 'delete' ? {} : { service, defaults },
    dropsDefaults: action === 'delete',
    restsOn: [],
  };
  return { skips: [], change };
}

const summary = (decisions: Decision[]): string[] =>
  shareDefaults(decisions).map(({ place, writes, dropsDefaults }) =>
    [
      place.datacenter,
      ...Object.keys(writes).toSorted(),
      ...(dropsDefaults ? ['drops service-defaults'] : []),
    ].join(' '),
  );

describe('service-defaults of a name in two datacenters', () => {
  it('are written once, the services in both', () => {
    expect(summary([decision('dc1', 'create'), decision('dc2', 'create')])).toEqual([
      'dc1 defaults service',
      'dc2 service',
    ]);
  });

  it('are deleted once', () => {
    expect(summary([decision('dc1', 'delete'), decision('dc2', 'delete')])).toEqual([
      'dc1 drops service-defaults',
      'dc2',
    ]);
  });

  it('stay for the datacenter that goes on to need them', () => {
    expect(summary([decision('dc1', 'delete'), decision('dc2', 'update')])).toEqual([
      'dc1',
      'dc2 defaults service',
    ]);
    expect(summary([decision('dc1', 'delete'), decision('dc2')])).toEqual(['dc1']);
  });
});
