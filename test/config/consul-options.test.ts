import { describe, expect, it } from 'vitest';
import { consulOptions, consulProblems, resolveAddress } from '../../src/config/consul-options.ts';
import { readOptions } from '../../src/config/options.ts';
import { AppError } from '../../src/core/errors.ts';

const secret = 'b1gs3cr3t';
const uuid = '11111111-2222-3333-4444-555555555555';
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const files: Record<string, string> = {
  '/token': `${uuid}\n`,
  '/windows': `\uFEFF${uuid}\r\n`,
  '/empty': '\n',
  '/lines': `${secret}\n${secret}\n`,
  '/words': `Bearer ${secret}`,
  '/binary': `${secret}\u0000`,
  '/ca.pem': pem,
  '/ca.der': '\u0030\u0082',
};

function readFile(file: string): string {
  const content = files[file];
  if (content !== undefined) return content;
  throw Object.assign(new Error(`ENOENT: no such file or directory, open '${file}'`), { code: 'ENOENT' });
}

const read = (env: Record<string, string>) =>
  readOptions(consulOptions(readFile), { CONSUL_HTTP_ADDR: 'consul', ...env }, consulProblems(env));

/** The problems of an environment that is not accepted. */
function problemsOf(env: Record<string, string>): string[] {
  try {
    read(env);
  } catch (error) {
    if (error instanceof AppError && error.code === 'CONFIG_INVALID')
      return error.message.split('\n- ').slice(1);
    throw error;
  }
  return [];
}

const saying = (pattern: string | RegExp): string => expect.stringMatching(pattern) as string;

describe('the address of Consul', () => {
  const addressOf = (value: string, ssl = 'false') =>
    resolveAddress(read({ CONSUL_HTTP_ADDR: value, CONSUL_HTTP_SSL: ssl }));
  const plain = { secure: false, path: '' };

  it.each([
    ['consul', { ...plain, host: 'consul', port: 80 }],
    ['consul:8500', { ...plain, host: 'consul', port: 8500 }],
    ['http://consul:8500/', { ...plain, host: 'consul', port: 8500 }],
    ['https://consul', { host: 'consul', port: 443, secure: true, path: '' }],
    ['HTTPS://Consul.example.com:8501', { host: 'Consul.example.com', port: 8501, secure: true, path: '' }],
    ['127.0.0.1:8500', { ...plain, host: '127.0.0.1', port: 8500 }],
    ['[::1]:8500', { ...plain, host: '::1', port: 8500 }],
    ['https://gateway/consul/', { host: 'gateway', port: 443, secure: true, path: '/consul' }],
    ['gateway:8080/teams/a//', { ...plain, host: 'gateway', port: 8080, path: '/teams/a' }],
    ['http://gateway//x', { ...plain, host: 'gateway', port: 80, path: '//x' }],
    ['http://gateway/a b/ü/{c}', { ...plain, host: 'gateway', port: 80, path: '/a%20b/%C3%BC/%7Bc%7D' }],
    ['http://gateway/a%2Fb', { ...plain, host: 'gateway', port: 80, path: '/a%2Fb' }],
  ])('may be %s', (value, expected) => {
    expect(addressOf(value)).toEqual(expected);
  });

  it.each(['consul:8501', 'http://consul:8501'])(
    'is spoken to by TLS as %s when CONSUL_HTTP_SSL says so',
    (value) => {
      expect(addressOf(value, '1')).toEqual({ host: 'consul', port: 8501, secure: true, path: '' });
      expect(addressOf('consul', '1').port).toBe(443);
    },
  );

  it.each([
    'ftp://consul',
    'consul:0',
    'consul:65536',
    'consul:port',
    'con sul',
    '://',
    'http://',
    'consul\\x',
    'consul/a\tb',
  ])('may not be %j, which is shown', (value) => {
    const [problem] = problemsOf({ CONSUL_HTTP_ADDR: value });
    expect(problem).toContain('CONSUL_HTTP_ADDR must be host:port');
    expect(problem).toContain(JSON.stringify(value));
  });

  it.each([
    [`http://me:${secret}@consul:8500`, 'CONSUL_HTTP_AUTH'],
    [`me:${secret}@consul`, 'CONSUL_HTTP_AUTH'],
    [`https://${secret}@consul/x`, 'CONSUL_HTTP_AUTH'],
    [`http:/me:${secret}@consul`, 'CONSUL_HTTP_AUTH'],
    [`http://me:12/${secret}@consul:8500`, 'CONSUL_HTTP_AUTH'],
    [`http://me:p@${secret}@con sul`, 'CONSUL_HTTP_AUTH'],
    [`unix://me:${secret}@x`, 'Unix sockets'],
    [`http://consul:8500?token=${secret}`, 'queries'],
    [`consul/x#${secret}`, 'fragments'],
    ['unix:///var/run/consul.sock', 'Unix sockets are not supported'],
    ['UNIX://var/run/consul.sock', 'Unix sockets are not supported'],
  ])('may not be %s, which is not shown', (value, words) => {
    const problems = problemsOf({ CONSUL_HTTP_ADDR: value });
    expect(problems).toEqual([saying(`^CONSUL_HTTP_ADDR must .*${words}`)]);
    expect(problems.join()).not.toContain(secret);
  });
});

describe('the token', () => {
  it('is of a parameter, a file or the environment', () => {
    expect(read({ CONSUL_HTTP_TOKEN_PATH: '/consul/token' }).tokenParameter).toBe('/consul/token');
    expect(read({ CONSUL_HTTP_TOKEN_FILE: '/token' }).tokenFile).toBe('/token');
    expect(read({ CONSUL_HTTP_TOKEN_FILE: '/windows' }).tokenFile).toBe('/windows');
    expect(read({ CONSUL_HTTP_TOKEN_FILE: '' }).tokenFile).toBeUndefined();
    expect(read({ CONSUL_HTTP_TOKEN: ` ${uuid}\n` }).token?.reveal()).toBe(uuid);
  });

  it.each([
    ['/missing', '(ENOENT)'],
    ['/empty', 'one word'],
    ['/lines', 'one word'],
    ['/words', 'one word'],
    ['/binary', 'one word'],
  ])('is not taken from %s', (file, words) => {
    const [problem, ...others] = problemsOf({ CONSUL_HTTP_TOKEN_FILE: file });
    expect(others).toEqual([]);
    expect(problem).toContain(`CONSUL_HTTP_TOKEN_FILE names the file "${file}", which `);
    expect(problem).toContain(words);
    expect(problem).not.toContain(secret);
  });

  it.each(['CONSUL_HTTP_TOKEN_FILE', 'CONSUL_HTTP_TOKEN_PATH'])('given in %s is not shown', (name) => {
    const problems = problemsOf({ [name]: uuid });
    expect(problems).toEqual([saying(`^${name} must .* not .*the token: .*CONSUL_HTTP_TOKEN$`)]);
    expect(problems.join()).not.toContain(uuid);
  });

  it.each([`${secret} ${secret}`, `${secret}\n${secret}`, `${secret}é`, ' '])('may not be %j', (value) => {
    const problems = problemsOf({ CONSUL_HTTP_TOKEN: value });
    expect(problems).toEqual([saying(/^CONSUL_HTTP_TOKEN must hold an ACL token/)]);
    expect(problems.join()).not.toContain(secret);
  });
});

describe('user and password', () => {
  it.each(['me:pass', 'me:', ':pass', 'me:pa:ss', 'mé:pässword'])('may be %s', (value) => {
    expect(read({ CONSUL_HTTP_AUTH: value }).auth?.reveal()).toBe(value);
  });

  it.each([secret, `me:${secret}\n`, `me:${secret}\u0000`])('may not be %j, which is not shown', (value) => {
    expect(problemsOf({ CONSUL_HTTP_AUTH: value })).toEqual(['CONSUL_HTTP_AUTH must be user:password']);
  });
});

describe('certificates', () => {
  it('are PEM, or in a file', () => {
    expect(read({ CONSUL_CACERT: pem }).ca).toBe(pem);
    expect(read({ CONSUL_CACERT: '/ca.pem' }).ca).toBe(pem);
  });

  it.each(['/missing', '/ca.der', secret])(
    'are not %s, which is not shown, since it may be a key',
    (value) => {
      expect(problemsOf({ CONSUL_CACERT: value })).toEqual([
        'CONSUL_CACERT is neither PEM nor the name of a readable file that holds PEM',
      ]);
    },
  );

  it.each(['CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY'])('of clients are more than %s alone', (name) => {
    expect(problemsOf({ [name]: pem })).toEqual([
      'CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY must be given together',
    ]);
  });

  it('are not taken from a folder', () => {
    expect(problemsOf({ CONSUL_CAPATH: '/etc/ssl/certs' })).toEqual([
      saying(/^CONSUL_CAPATH is not supported: .*CONSUL_CACERT$/),
    ]);
    expect(problemsOf({ CONSUL_CAPATH: '' })).toEqual([]);
  });
});
