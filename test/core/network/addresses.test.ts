import { describe, expect, it } from 'vitest';
import {
  addressKind,
  checkBind,
  checkCidr,
  checkEndpoint,
  checkNameserver,
  checkServerAddress,
  compareAddresses,
  isLoopback,
} from '../../../src/core/network/addresses.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';

const checks = { checkServerAddress, checkCidr, checkBind, checkEndpoint, checkNameserver };

describe.each(Object.entries(checks))('%s', (_name, check) => {
  it.each(hostileTexts)('refuses %j, alone and inside a value', (hostile) => {
    for (const text of [hostile, `a${hostile}b`, `${hostile}:80`, `10.0.0.1${hostile}`, `${hostile}::1`]) {
      expect(check(text)).toMatchObject({ ok: false, problem: expect.stringMatching(/^must be /) });
    }
  });
});

it.each([
  ['10.1.2.3', '10.1.2.3', 'ipv4'],
  ['2001:DB8::0001', '2001:db8::1', 'ipv6'],
  ['[2001:db8::1]', '2001:db8::1', 'ipv6'],
  ['Web.Internal.', 'web.internal', 'name'],
  ['127.0.0.1', '127.0.0.1', 'ipv4'],
])('reads the server address %s as %s', (text, value, kind) => {
  expect(checkServerAddress(text)).toEqual({ ok: true, value });
  expect(addressKind(value)).toBe(kind);
});

it.each([
  '300.1.1.1',
  '127.1',
  '0x7f.1',
  '1.2.3.4.',
  '010.0.0.1',
  '2130706433',
  'undefined:undefined',
  '0.0.0.0',
  '::',
  '169.254.169.254',
  'fe80::1',
  '224.0.0.1',
  'ff02::1',
  '255.255.255.255',
  '::ffff:0.0.0.0',
  '::ffff:169.254.169.254',
  '::169.254.169.254',
  '::ffff:224.0.0.1',
  '::ffff:255.255.255.255',
])('refuses the server address %j', (text) => {
  expect(checkServerAddress(text)).toMatchObject({ ok: false });
});

it.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['::ffff:7f00:1', true],
  ['localhost', true],
  ['web.localhost', true],
  ['127.example', false],
  ['10.0.0.1', false],
  ['2001:db8::1', false],
])('tells whether %s is this host', (address, loopback) => {
  expect(isLoopback(address)).toBe(loopback);
});

it.each([
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['10.0.0.1', '10.0.0.1'],
  ['2001:DB8::/032', '2001:db8::/32'],
  ['10.0.0.1/32', '10.0.0.1/32'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:db8::1/128', '2001:db8::1/128'],
  ['::/0', '::/0'],
])('reads the network %s as %s', (text, value) => {
  expect(checkCidr(text)).toEqual({ ok: true, value });
});

it.each(['10.0.0.0/33', '::/129', 'example/8', '10.0.0/8', '10.0.0.0/', '/8', '[::1]/8', ''])(
  'refuses the network %j',
  (text) => {
    expect(checkCidr(text)).toMatchObject({ ok: false });
  },
);

it.each([
  [':80', { address: '', port: 80 }],
  ['*:80', { address: '', port: 80 }],
  ['127.0.0.1:8404', { address: '127.0.0.1', port: 8404 }],
  ['[::]:443', { address: '::', port: 443 }],
  ['0.0.0.0:80', { address: '0.0.0.0', port: 80 }],
])('reads the bind %s', (text, value) => {
  expect(checkBind(text)).toEqual({ ok: true, value });
});

it.each(['', '80', ':0', ':65536', 'name:80', '::1:80', '127.0.0.1', ':80-90', 'unix@/x', 'fd@3'])(
  'refuses the bind %j',
  (text) => {
    expect(checkBind(text)).toMatchObject({ ok: false });
  },
);

it.each([
  ['10.0.0.2', { address: '10.0.0.2', port: 53 }],
  ['169.254.169.253:5353', { address: '169.254.169.253', port: 5353 }],
  ['2001:DB8::2', { address: '2001:db8::2', port: 53 }],
  ['[2001:db8::2]', { address: '2001:db8::2', port: 53 }],
  ['[2001:db8::2]:5353', { address: '2001:db8::2', port: 5353 }],
])('reads the name server %s', (text, value) => {
  expect(checkNameserver(text)).toEqual({ ok: true, value });
});

it.each(['', 'ns.internal', 'ns.internal:53', ':53', '10.0.0.2:', '10.0.0.2:0', '10.0.0.2:65536', '10.0.0'])(
  'refuses the name server %j',
  (text) => {
    expect(checkNameserver(text)).toMatchObject({ ok: false });
  },
);

it('reads where to log as an address or a name with a port', () => {
  expect(checkEndpoint('[::1]:514')).toEqual({ ok: true, value: { address: '::1', port: 514 } });
  expect(checkEndpoint('syslog:514')).toMatchObject({ ok: false });
  expect(checkEndpoint(':514')).toMatchObject({ ok: false });
});

it('orders addresses by their number, IPv4 before IPv6, and names after both by their bytes', () => {
  const ordered = [
    '9.255.0.1',
    '10.0.0.2',
    '10.0.0.10',
    '::1',
    '::102:304',
    '64:ff9b::1',
    '2001:db8::2',
    '2001:db8::10',
    'a-b.internal',
    'a.internal',
    'a_b.internal',
    'b',
  ];
  expect(ordered.toReversed().toSorted(compareAddresses)).toEqual(ordered);
  expect(ordered.map((address) => compareAddresses(address, address))).toEqual(ordered.map(() => 0));
});
