import { describe, expect, it } from 'vitest';
import { deniedGateways, outOfReach } from '../../../src/registrator/gateways/warnings.ts';

const denied = (service: string, gateway = 'gw', isGone = false) => ({ service, gateway, isGone });

describe('gateways that the token may not read or write', () => {
  it('are no warning where none was', () => {
    expect(deniedGateways([])).toEqual([]);
  });

  it('are one warning with the rules, the services, and the links that were left behind', () => {
    const warnings = deniedGateways([
      denied('web'),
      denied('pay', 'other'),
      denied('old', 'gw', true),
      denied('web'),
    ]);
    expect(warnings).toEqual([
      {
        service: '',
        arn: '',
        tag: '',
        message:
          'The Consul token may not read or write terminating gateway gw, other. Links stay as they are for pay (other), web (gw). Services are gone while their links stay: old (gw).',
        hint: 'Add mesh = "write" (or operator = "write", where Consul knows no mesh) and service "gw" { policy = "read" }, service "other" { policy = "read" } to the policy of the token. Later runs try again. Remove the links of services that are gone by hand.',
      },
    ]);
  });

  it('are told of at a length that can be read', () => {
    const [warning] = deniedGateways(Array.from({ length: 5000 }, (_, at) => denied(`fn-${at}`)));
    expect(warning?.message.length).toBeLessThan(3000);
    expect(warning?.message).toMatch(/ and 4900 more\.$/);
  });
});

it('services of other partitions are told of by name', () => {
  expect(outOfReach('pay', 'arn:pay', 'sales', 'gw')).toMatchObject({
    service: 'pay',
    arn: 'arn:pay',
    tag: 'terminating-gateway',
    message: 'pay is in partition sales; terminating gateway gw lists services of partition default alone.',
  });
});
