import { beforeEach, describe, expect, it } from 'vitest';
import { AppError, type FieldFault } from '../../../src/core/errors.ts';
import { MemoryTable, type TestRegistry, candidate, registryOn } from '../../support/registry/registry.ts';

let registry: TestRegistry;

beforeEach(() => {
  registry = registryOn(new MemoryTable());
});

/** The backends that a service `web` gets. */
async function backendsOf(parts: object): Promise<string[]> {
  const { config } = await registry.post({
    running: [],
    candidates: [candidate('web', { c: '10.0.0.1' }, parts)],
  });
  return [...config.matchAll(/^backend ([rw]_.*)$/gm)].map(([, name = '']) => name).toSorted();
}

async function refusalOf(parts: object): Promise<readonly FieldFault[]> {
  try {
    await backendsOf(parts);
  } catch (error) {
    if (error instanceof AppError) return error.faults;
    throw error;
  }
  throw new Error('the payload was accepted');
}

describe('a port of a host', () => {
  it.each([
    ['first.example.com:8080', 'r_first.example.com'],
    ['First.Example.com.:80', 'r_first.example.com'],
    ['*.x.example:443', 'w_x.example'],
    ['10.0.0.7:1', 'r_10.0.0.7'],
    ['[::1]:8080', 'r___1'],
    ['[2001:DB8::0:1]:65535', 'r_2001_db8__1'],
    ['localhost:00080', 'r_localhost'],
  ])('is dropped from %s', async (host, backend) => {
    expect(await backendsOf({ predicate: host })).toEqual([backend]);
    expect(await backendsOf({ predicate: 'z.example', hosts: [host] })).toEqual(
      [backend, 'r_z.example'].toSorted(),
    );
  });

  it('makes one route of hosts of one service that differ in nothing else', async () => {
    const parts = { predicate: 'a.example:80', hosts: ['a.example', 'a.example:8080'] };
    expect(await backendsOf(parts)).toEqual(['r_a.example']);
    const services = (
      await registry.post({
        running: [],
        candidates: [
          candidate('web', { c1: '10.0.0.1' }, { predicate: 'a.example:80' }),
          candidate('web', { c2: '10.0.0.2' }, { predicate: 'a.example:81' }),
        ],
      })
    ).services;
    expect(services).toMatchObject([{ predicate: 'a.example', containers: { length: 2 } }]);
  });

  it.each([
    'a.example:',
    'a.example:0',
    'a.example:65536',
    'a.example:99999',
    'a.example:http',
    'a.example:-1',
    '[::1]:x',
  ])('must be one: %s', async (predicate) => {
    expect(await refusalOf({ predicate })).toEqual([
      {
        field: 'candidates[0].predicate',
        message: `must be a host without a port, or with one from 1 to 65535, not "${predicate}"`,
      },
    ]);
  });

  it.each([':80', '*:80', 'a b:80', '[::g]:80', '[10.0.0.1]:80', '1.2.3:80'])(
    'needs a host before it: %s',
    async (predicate) => {
      expect(await refusalOf({ predicate })).toEqual([
        {
          field: 'candidates[0].predicate',
          message: `must be a host name or an IP address before its port, not "${predicate}"`,
        },
      ]);
    },
  );

  it.each(['::1', '2001:db8::1', '::1:80', 'a:80:90'])('is not looked for in %s', async (predicate) => {
    expect((await refusalOf({ predicate }))[0]?.message).toContain('an IPv6 address in brackets');
  });

  it.each([
    { first: 'a.example:80', second: 'a.example:8080' },
    { first: 'a.example', second: 'a.example:8080' },
    { first: 'a.example:80', second: 'a.example' },
    { first: '[::1]:80', second: '[0::1]:81' },
  ])('does not tell two services apart: $first and $second', async ({ first, second }) => {
    const one = candidate('one', { c1: '10.0.0.1' }, { predicate: first });
    const two = candidate('two', { c2: '10.0.0.2' }, { predicate: second });
    const both = registry.post({ running: [], candidates: [one, two] });
    await expect(both).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('ports do not count') as string,
    });
    await registry.post({ host: 'h1', running: [], candidates: [one] });
    const later = registry.post({ host: 'h2', running: [], candidates: [two] });
    await expect(later).rejects.toMatchObject({
      status: 409,
      faults: [
        {
          field: 'candidates[0]',
          message: expect.stringMatching(
            /service two, which the service one has; ports do not count$/,
          ) as string,
        },
      ],
    });
  });
});

describe('the mode', () => {
  it.each(['HOST', 'Host', 'host'])('may be %s', async (configMode) => {
    expect(await backendsOf({ configMode, predicate: 'a.example' })).toEqual(['r_a.example']);
  });

  it.each(['PATH', 'Path', 'pAtH'])('may be %s', async (configMode) => {
    expect(await backendsOf({ configMode, predicate: '/api', strip: true })).toEqual(['r_:api']);
  });

  it.each([
    ['', 'must be host or path, not ""'],
    ['regex', 'must be host or path, not "regex"'],
    [' host', 'must be without blanks around it, not " host"'],
    ['PATH\n', String.raw`must be without blanks around it, not "PATH\n"`],
    [5, 'must be of type string, not 5'],
  ])('is refused when it is %j', async (configMode, message) => {
    expect(await refusalOf({ configMode })).toEqual([{ field: 'candidates[0].configMode', message }]);
  });
});

describe('a slash', () => {
  it.each([
    ['/api/', 'r_:api'],
    ['api/', 'r_:api'],
    ['/a/b/', 'r_:a:b'],
    ['/', 'r_'],
  ])('at the end of the predicate %s is dropped, or it is every path', async (predicate, backend) => {
    expect(await backendsOf({ configMode: 'path', predicate })).toEqual([backend]);
  });

  it.each(['', '//', '///', '/a//', '/a//b', '//a', '/a/b//', '/a b/'])(
    'does not make a path of %j',
    async (predicate) => {
      const message = expect.stringMatching(`, not ${JSON.stringify(predicate)}$`) as string;
      expect(await refusalOf({ configMode: 'path', predicate })).toEqual([
        { field: 'candidates[0].predicate', message },
      ]);
      expect(await refusalOf({ paths: [predicate] })).toEqual([{ field: 'candidates[0].paths[0]', message }]);
    },
  );

  it('alone among the paths is the host alone', async () => {
    expect(await backendsOf({ predicate: 'a.example', paths: ['/'] })).toEqual(['r_a.example']);
    expect(await backendsOf({ predicate: 'a.example', paths: ['/', '/api/'] })).toEqual([
      'r_a.example',
      'r_a.example:api',
    ]);
    expect(await backendsOf({ configMode: 'path', predicate: '/x', paths: ['/'] })).toEqual(['r_', 'r_:x']);
    expect(await backendsOf({ configMode: 'path', predicate: '/', hosts: ['b.example'] })).toEqual([
      'r_b.example',
    ]);
  });

  it('alone is taken by one service only, and by no other path', async () => {
    const all = candidate('all', { c1: '10.0.0.1' }, { configMode: 'path', predicate: '/' });
    const api = candidate('api', { c2: '10.0.0.2' }, { configMode: 'path', predicate: '/api' });
    const { config } = await registry.post({ running: [], candidates: [all, api, candidate('web')] });
    expect(config).toContain('default_backend r_\n');
    const second = candidate('second', { c3: '10.0.0.3' }, { configMode: 'path', predicate: '/' });
    await expect(registry.post({ host: 'h2', running: [], candidates: [second] })).rejects.toMatchObject({
      status: 409,
      faults: [{ message: 'claims * for the service second, which the service all has' }],
    });
  });

  it.each([
    { configMode: 'path', predicate: '/' },
    { predicate: 'a.example', paths: ['/'] },
  ])('alone leaves nothing to strip: %j', async (parts) => {
    const candidates = (strip: boolean) => [candidate('web', { c: '10.0.0.1' }, { ...parts, strip })];
    const plain = await registry.post({ running: [], candidates: candidates(false) });
    const stripped = await registry.post({ running: [], candidates: candidates(true) });
    expect(stripped.config).toBe(plain.config);
  });

  it('alone does not keep other paths from being stripped', async () => {
    const parts = { paths: ['/', '/api'], strip: true };
    const { config } = await registry.post({
      running: [],
      candidates: [candidate('web', { c: '10.0.0.1' }, parts)],
    });
    expect(config.match(/http-request set-path %.*/g)).toEqual(['http-request set-path %[path,bytes(4)]']);
  });
});

describe('a slip is refused in words of its own', () => {
  const scheme = 'must be a host without a scheme';
  const path = 'must be a host without a path';
  const blanks = 'must be without blanks around it';
  it.each([
    ['http://a.example', scheme],
    ['HTTPS://a.example/x', scheme],
    ['http://a.example:80', scheme],
    ['a.example/', path],
    ['a.example/x', path],
    ['a.example:80/x', path],
    ['//a.example', path],
    [' a.example', blanks],
    ['a.example ', blanks],
    ['\ta.example', blanks],
    ['\u00a0a.example', blanks],
    [' http://a.example', blanks],
  ])('as the host %j', async (host, words) => {
    const message = `${words}, not ${JSON.stringify(host)}`;
    expect(await refusalOf({ predicate: host })).toEqual([{ field: 'candidates[0].predicate', message }]);
    expect(await refusalOf({ hosts: [host] })).toEqual([{ field: 'candidates[0].hosts[0]', message }]);
  });

  it.each([
    ['serviceName', ' web'],
    ['cookie', 'SID '],
    ['cookie', ' '],
    ['port', ' 80'],
    ['port', '80\n'],
    ['balance', ' random'],
    ['check', '/health '],
  ])('as %s %j', async (field, value) => {
    const message = `${blanks}, not ${JSON.stringify(value)}`;
    expect(await refusalOf({ [field]: value })).toEqual([{ field: `candidates[0].${field}`, message }]);
  });

  it('as a path or as an address', async () => {
    const message = `${blanks}, not " /a"`;
    expect(await refusalOf({ configMode: 'path', predicate: ' /a' })).toEqual([
      { field: 'candidates[0].predicate', message },
    ]);
    expect(await refusalOf({ paths: [' /a'] })).toEqual([{ field: 'candidates[0].paths[0]', message }]);
    expect(await refusalOf({ containers: [{ id: 'c', ip: '10.0.0.1 ' }] })).toEqual([
      { field: 'candidates[0].containers[0].ip', message: `${blanks}, not "10.0.0.1 "` },
    ]);
  });
});

it.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])(
  'takes the word %s for a name like any other',
  async (word) => {
    const name = candidate(
      word,
      { [word]: '10.0.0.1' },
      { predicate: word, hosts: ['__proto__'], paths: [`/${word}`, '/__proto__'] },
    );
    const { services, unknown, config } = await registry.post({
      host: word,
      running: [{ serviceName: 'valueOf2', id: word, ip: '10.0.0.2' }],
      candidates: [name],
    });
    expect(services).toMatchObject([{ serviceName: word, containers: [{ id: word, ip: '10.0.0.1' }] }]);
    expect(unknown).toEqual([{ serviceName: 'valueOf2', id: word, ip: '10.0.0.2' }]);
    expect(config.match(/^backend r_/gm)).toHaveLength(4);
  },
);

it('refuses __proto__ as the name of a service or a field', async () => {
  expect(await refusalOf({ serviceName: '__proto__' })).toMatchObject([
    { field: 'candidates[0].serviceName' },
  ]);
  const own = JSON.parse('{"__proto__": {"port": 80}}') as object;
  expect(
    await refusalOf(Object.defineProperty({}, '__proto__', { value: own, enumerable: true })),
  ).toMatchObject([{ field: 'candidates[0].__proto__' }]);
});
