import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { TerminatingGateway } from '../../../src/consul/api.ts';
import { AppError } from '../../../src/core/errors.ts';
import { nameKey } from '../../../src/lambda-service/place.ts';
import { isLinked, isListed, linkOf, relinked } from '../../../src/registrator/gateways/entry.ts';
import type { Link } from '../../../src/registrator/model/gateway.ts';
import { tries } from '../../support/explorations.ts';

const gateway = (...Services: NonNullable<TerminatingGateway['Services']>): TerminatingGateway => ({
  Kind: 'terminating-gateway',
  Name: 'gw',
  Services,
});
const seen = (entry: TerminatingGateway | undefined) => ({ kind: 'seen', entry }) as const;

describe('a gateway leads to a service', () => {
  it.each<[string, TerminatingGateway | undefined, Link, boolean]>([
    ['that it lists', gateway({ Name: 'mail' }, { Name: 'pay' }), { service: 'pay' }, true],
    ['whose name is written otherwise', gateway({ Name: 'PAY' }), { service: 'pay' }, true],
    ['not that it does not list', gateway({ Name: 'payments' }), { service: 'pay' }, false],
    ['with all others of its namespace', gateway({ Name: '*' }), { service: 'pay' }, true],
    ['not when it does not exist', undefined, { service: 'pay' }, false],
    [
      'not when it lists none',
      { Kind: 'terminating-gateway', Name: 'gw', Services: null },
      { service: 'pay' },
      false,
    ],
    [
      'not of another namespace',
      gateway({ Name: '*', Namespace: 'shop' }),
      { service: 'pay', namespace: 'sales' },
      false,
    ],
    [
      'of its own namespace',
      gateway({ Name: '*', Namespace: 'shop' }),
      { service: 'pay', namespace: 'shop' },
      true,
    ],
    [
      'of the default namespace, named or not',
      gateway({ Name: 'pay' }),
      { service: 'pay', namespace: 'default' },
      true,
    ],
  ])('%s', (_what, entry, link, expected) => {
    expect(isLinked(seen(entry), link)).toBe(expected);
  });

  it('is not said of a gateway that could not be read', () => {
    const error = new AppError('UPSTREAM_AUTH', 'no');
    expect(isLinked({ kind: 'closed', error }, { service: 'pay' })).toBe(false);
  });
});

test('services are listed with their namespace, and those of other partitions not at all', () => {
  expect(linkOf({}, 'pay')).toEqual({ service: 'pay' });
  expect(linkOf({ datacenter: 'dc2', partition: 'default', namespace: 'shop' }, 'pay')).toEqual({
    service: 'pay',
    namespace: 'shop',
  });
  expect(linkOf({ partition: 'sales', namespace: 'default' }, 'pay')).toBeUndefined();
});

describe('an entry to write', () => {
  it('is made where there is none, and stays when its last service is gone', () => {
    const made = relinked(undefined, 'gw', [{ service: 'pay' }, { service: 'web', namespace: 'shop' }], []);
    expect(made).toStrictEqual(gateway({ Name: 'pay' }, { Name: 'web', Namespace: 'shop' }));
    expect(relinked(undefined, 'gw', [], [{ service: 'pay' }])).toBeUndefined();
    expect(relinked(gateway({ Name: 'pay' }), 'gw', [], [{ service: 'pay' }])).toStrictEqual(gateway());
  });

  it('lists nothing more where all of the namespace is listed', () => {
    expect(relinked(gateway({ Name: '*' }), 'gw', [{ service: 'pay' }], [])).toBeUndefined();
  });

  it('keeps what is to be listed and no longer at once', () => {
    const entry = gateway({ Name: 'pay', SNI: 'pay.test' });
    expect(relinked(entry, 'gw', [{ service: 'pay' }], [{ service: 'PAY' }])).toBeUndefined();
  });
});

const names = fc.constantFrom('pay', 'Pay', 'mail', 'web', 'orders', '__proto__');
const namespaces = fc.constantFrom('default', 'shop');
const links: fc.Arbitrary<Link[]> = fc.array(
  fc.record({ service: names, namespace: namespaces }, { requiredKeys: ['service'] }),
  { maxLength: 4 },
);
const linked = fc.record(
  {
    Name: fc.oneof(names, fc.constant('*')),
    Namespace: namespaces,
    CAFile: fc.constant('/ca.pem'),
    CertFile: fc.constant('/cert.pem'),
    KeyFile: fc.constant('/key.pem'),
    SNI: fc.string(),
    DisableAutoHostRewrite: fc.boolean(),
    OfNewerServers: fc.jsonValue(),
  },
  { requiredKeys: ['Name'] },
);
const linkKey = ({ service, namespace = 'default' }: Link): string => nameKey(`${namespace}/${service}`);
const keyOf = ({ Name, Namespace = 'default' }: { Name: string; Namespace?: string }): string =>
  linkKey({ service: Name, namespace: Namespace });
const entries: fc.Arbitrary<TerminatingGateway> = fc.record(
  {
    Kind: fc.constant('terminating-gateway' as const),
    Name: fc.constant('gw'),
    Services: fc.uniqueArray(linked, { selector: keyOf, maxLength: 6 }),
    Meta: fc.dictionary(fc.string(), fc.string()),
    Hash: fc.integer(),
    ModifyIndex: fc.nat(),
    OfNewerServers: fc.jsonValue(),
  },
  { requiredKeys: ['Kind', 'Name'] },
);
const always = (check: (entry: TerminatingGateway | undefined, add: Link[], remove: Link[]) => void): void =>
  fc.assert(fc.property(fc.option(entries, { nil: undefined }), links, links, check), tries(400));

describe('whatever an entry holds', () => {
  it('only links that are asked for come and go, and nothing else changes, moves or doubles', () => {
    always((entry, add, remove) => {
      const written = relinked(entry, 'gw', add, remove) ?? entry;
      const { Services: before, ...rest } = entry ?? { Kind: 'terminating-gateway', Name: 'gw' };
      const { Services: after, ...others } = written ?? { Kind: 'terminating-gateway', Name: 'gw' };
      expect(others).toStrictEqual(rest);
      const [comes, goes] = [new Set(add.map(linkKey)), new Set(remove.map(linkKey))];
      const kept = (before ?? []).filter((one) => (after ?? []).includes(one));
      expect((after ?? []).slice(0, kept.length)).toEqual(kept);
      expect((before ?? []).every((one) => kept.includes(one) || goes.has(keyOf(one)))).toBe(true);
      expect(new Set((after ?? []).map(keyOf)).size).toBe((after ?? []).length);
      expect(add.every((link) => isLinked(seen(written), link))).toBe(true);
      const gone = remove.filter((link) => !comes.has(linkKey(link)));
      expect(gone.some((link) => isListed(written, link))).toBe(false);
    });
  });

  it('a second time nothing is to be written', () => {
    always((entry, add, remove) => {
      const written = relinked(entry, 'gw', add, remove) ?? entry;
      expect(relinked(written, 'gw', add, remove)).toBeUndefined();
    });
  });

  it('what was added goes again without a trace', () => {
    always((entry, add) => {
      const fresh = add.filter((link) => !isListed(entry, link));
      const written = relinked(entry, 'gw', fresh, []);
      const restored = written && relinked(written, 'gw', [], fresh);
      const before = { ...(entry ?? gateway()), Services: entry?.Services ?? [] };
      expect(restored).toStrictEqual(written && before);
    });
  });
});
