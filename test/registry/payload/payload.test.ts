import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AppError, isAppError } from '../../../src/core/errors.ts';
import { readPayload } from '../../../src/registry/payload.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';
import { candidate } from '../../support/registry/registry.ts';
import { tries } from '../../support/explorations.ts';

function refusalOf(payload: unknown, knowsTls = false): AppError {
  try {
    readPayload(payload, knowsTls);
  } catch (error) {
    if (isAppError(error, 'PAYLOAD_INVALID')) return error;
    throw error;
  }
  throw new Error('the payload was accepted');
}

const fieldsOf = (payload: unknown): string[] => refusalOf(payload).faults.map(({ field }) => field);

it('reads the documented payload, ports as text included', () => {
  const payload = readPayload(
    {
      table: 'prod',
      running: [{ serviceName: 'app', id: 'c1', ip: '10.0.0.1' }],
      candidates: [
        {
          serviceName: 'app',
          configMode: 'path',
          predicate: 'app',
          cookie: 'JSESSIONID',
          port: '8080',
          containers: [{ id: 'c2', ip: '10.0.0.2' }],
        },
      ],
    },
    false,
  );
  expect(payload).toEqual({
    table: 'prod',
    reported: [
      { serviceName: 'app', id: 'c1', ip: '10.0.0.1', field: 'running[0]' },
      {
        serviceName: 'app',
        id: 'c2',
        ip: '10.0.0.2',
        field: 'candidates[0].containers[0]',
        candidate: 'candidates[0]',
      },
    ],
    candidates: [
      {
        serviceName: 'app',
        definition: { configMode: 'path', predicate: '/app', cookie: 'JSESSIONID', port: 8080 },
        field: 'candidates[0]',
      },
    ],
    rejected: [],
  });
});

it('takes host mode, no candidates and null for what a client has no value for', () => {
  expect(readPayload({ table: 't', running: [] }, false).candidates).toEqual([]);
  expect(readPayload({ table: 't', running: [], candidates: null, host: null }, false).candidates).toEqual(
    [],
  );
  const [only] = readPayload(
    { table: 't', running: [], candidates: [candidate('a', {}, { cookie: null, configMode: null })] },
    false,
  ).candidates;
  expect(only?.definition).toEqual({ configMode: 'host', predicate: 'a.example.com', port: 8080 });
});

it('normalises hosts, paths and addresses', () => {
  const { candidates, reported } = readPayload(
    {
      table: 't',
      running: [],
      candidates: [
        candidate(
          'a',
          { c: '2001:DB8::0:1' },
          { predicate: 'A.Example.', hosts: ['*.B.example', '[2001:DB8::1]'], paths: ['x/y', '/a'] },
        ),
      ],
    },
    false,
  );
  expect(candidates[0]?.definition).toMatchObject({
    predicate: 'a.example',
    hosts: ['*.b.example', '[2001:db8::1]'],
    paths: ['/a', '/x/y'],
  });
  expect(reported).toMatchObject([{ id: 'c', ip: '2001:db8::1' }]);
});

it('names every invalid field at once', () => {
  const payload = {
    table: 5,
    host: '*',
    running: [{ serviceName: 'a b', id: '', ip: '300.1.1.1', extra: 1 }],
    candidates: [
      candidate('ok'),
      { serviceName: 'web', configMode: 'regex', predicate: 'a_b/', port: '0x50', containers: [{ id: 'c' }] },
      candidate(
        'web2',
        {},
        { cookie: 'a;b', weight: 300, maxconn: 0, balance: 'first', check: 'x', tls: true },
      ),
      null,
    ],
    colour: 'red',
  };
  expect(fieldsOf(payload)).toEqual([
    'table',
    'host',
    'colour',
    'running[0].serviceName',
    'running[0].id',
    'running[0].ip',
    'running[0].extra',
    'candidates[1].configMode',
    'candidates[1].predicate',
    'candidates[1].port',
    'candidates[1].containers[0].ip',
    'candidates[2].cookie',
    'candidates[2].balance',
    'candidates[2].check',
    'candidates[2].weight',
    'candidates[2].maxconn',
    'candidates[2].tls',
    'candidates[3]',
  ]);
});

it.each([
  ['weight', 257, 'must be a whole number from 0 to 256, not 257'],
  ['weight', -1, 'must be a whole number from 0 to 256, not -1'],
  ['weight', '1', 'must be of type number, not "1"'],
  ['maxconn', 0, 'must be a whole number from 1 to 1000000, not 0'],
  ['maxconn', 1.5, 'must be a whole number from 1 to 1000000, not 1.5'],
])('says what a %s may be instead of %j', (field, value, message) => {
  const payload = { table: 't', running: [], candidates: [candidate('web', {}, { [field]: value })] };
  expect(refusalOf(payload).faults).toEqual([{ field: `candidates[0].${field}`, message }]);
});

it('needs the list of what runs, since a missing one would wipe the table', () => {
  expect(refusalOf({ table: 't' }).faults).toEqual([{ field: 'running', message: 'is required' }]);
});

it.each([[null], [[]], ['text'], [7]])('refuses %j as a payload', (value) => {
  expect(fieldsOf(value)).toEqual(['payload']);
});

it('refuses fields that come by prototype names', () => {
  const payload: unknown = JSON.parse(
    '{"table":"t","running":[],"__proto__":{"candidates":[]},"constructor":1}',
  );
  expect(fieldsOf(payload)).toEqual(['__proto__', 'constructor']);
});

it('accepts a service twice when it is defined the same, and never two definitions', () => {
  const same = {
    table: 't',
    running: [],
    candidates: [candidate('a', { c1: '10.0.0.1' }), candidate('a', { c2: '10.0.0.2' })],
  };
  expect(readPayload(same, false).candidates).toHaveLength(2);
  const different = { ...same, candidates: [...same.candidates, candidate('a', {}, { port: 9 })] };
  expect(fieldsOf(different)).toEqual(['candidates[2].serviceName']);
});

it('allows tls only where HAProxy can know of it', () => {
  const payload = { table: 't', running: [], candidates: [candidate('a', {}, { tls: true })] };
  expect(readPayload(payload, true).candidates[0]?.definition.tls).toBe(true);
  expect(fieldsOf(payload)).toEqual(['candidates[0].tls']);
});

it.each([{}, { paths: [] }, { paths: null }, { hosts: ['b.example'] }])(
  'refuses to strip a path that there is none of, with %j',
  (parts) => {
    const candidates = [candidate('a', {}, { strip: true, ...parts })];
    expect(fieldsOf({ table: 't', running: [], candidates })).toEqual(['candidates[0].strip']);
  },
);

describe('addresses of containers', () => {
  it.each(['10.0.0.1', '2001:db8::1', '[2001:db8::1]', 'app.internal', 'localhost', '127.0.0.1'])(
    'accepts %s',
    (ip) => {
      expect(() =>
        readPayload({ table: 't', running: [{ serviceName: 'a', id: 'c', ip }] }, false),
      ).not.toThrow();
    },
  );

  it.each([
    '300.1.1.1',
    '127.1',
    '0x7f.1',
    '0.0.0.0',
    '::',
    '::ffff:0.0.0.0',
    '169.254.1.1',
    '::ffff:169.254.1.1',
    'fe80::1',
    'fe80::1%eth0',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '10.0.0.1:80',
    '10.0.0.1/8',
    'a b',
    '',
    '-x.y',
    'x..y',
  ])('refuses %j', (ip) => {
    expect(fieldsOf({ table: 't', running: [{ serviceName: 'a', id: 'c', ip }] })).toEqual(['running[0].ip']);
  });
});

it('lets no hostile text through in any field', () => {
  const fields = ['serviceName', 'predicate', 'cookie', 'check', 'port', 'configMode', 'balance'];
  const text = fc
    .tuple(
      fc.stringMatching(/^[a-z0-9./]{0,8}$/),
      fc.constantFrom(...hostileTexts),
      fc.stringMatching(/^[a-z0-9./]{0,8}$/),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.constantFrom(...fields), text, (field, value) => {
      const payload = { table: 't', running: [], candidates: [candidate('a', {}, { [field]: value })] };
      expect(fieldsOf(payload)).toEqual([`candidates[0].${field}`]);
    }),
    tries(),
  );
  fc.assert(
    fc.property(fc.constantFrom('serviceName', 'id', 'ip'), text, (field, value) => {
      const entry = { serviceName: 'a', id: 'c', ip: '10.0.0.1', [field]: value };
      expect(fieldsOf({ table: 't', running: [entry] })).toEqual([`running[0].${field}`]);
    }),
    tries(),
  );
});

it('refuses names of 300 characters', () => {
  const long = 'a'.repeat(300);
  expect(fieldsOf({ table: 't', running: [{ serviceName: long, id: long, ip: long }] })).toHaveLength(3);
});

it('names what does not agree together with every other fault', () => {
  const candidates = [
    candidate('a'),
    candidate('a', {}, { cookie: 'SID' }),
    candidate('b', {}, { strip: true, port: 0 }),
  ];
  const fields = fieldsOf({
    table: 't',
    running: [{ serviceName: 'a', id: 'a1', ip: '0.0.0.0' }],
    candidates,
  });
  expect(fields.toSorted()).toEqual([
    'candidates[1].serviceName',
    'candidates[2].port',
    'candidates[2].strip',
    'running[0].ip',
  ]);
});

it('names unknown fields by their first 100 characters', () => {
  const long = 'f'.repeat(300);
  const payload = { table: 't', running: [], candidates: [candidate('a', {}, { [long]: 1 })] };
  expect(fieldsOf(payload)).toEqual([`candidates[0].${long.slice(0, 100)}`]);
});
