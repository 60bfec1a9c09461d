import { describe, expect, it } from 'vitest';
import { parseFunctionArn } from '../../src/lambda-service/arn.ts';
import { type FunctionTags, readTags, tagPrefix } from '../../src/lambda-service/tags.ts';

const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:pay';

/** Reads tags of function `pay`; the prefix goes before keys without a slash. */
function read(tags: Record<string, string>, servicePrefix = ''): FunctionTags {
  const arn = parseFunctionArn(functionArn);
  if (arn === undefined) throw new Error('not an ARN');
  const whole = Object.entries(tags).map(
    ([key, value]) => [key.includes('/') ? key : tagPrefix + key, value] as const,
  );
  return readTags(arn, Object.fromEntries(whole), { servicePrefix, terminatingGateway: undefined });
}

const readEnabled = (tags: Record<string, string>, servicePrefix = ''): FunctionTags =>
  read({ enabled: 'true', ...tags }, servicePrefix);

const namesOf = ({ services }: FunctionTags): string[] => services.map((service) => service.name);

/** What comes of one bad value: a problem that names function, tag, value and what is allowed, and no service. */
const refusal = (tag: string, value: string): object => ({
  enabled: true,
  services: [],
  problems: [
    {
      service: 'pay',
      tag: tagPrefix + tag,
      message: expect.stringContaining(
        `Function pay has the value ${JSON.stringify(value)} in tag ${tagPrefix}${tag}; allowed: `,
      ) as string,
    },
  ],
  warnings: [],
  place: {},
});

describe('the enabled tag', () => {
  it('registers the function when it is true', () => {
    expect(readEnabled({})).toEqual({
      enabled: true,
      services: [
        { name: 'pay', arn: functionArn, payloadPassthrough: false, invocationMode: 'synchronous', tags: [] },
      ],
      problems: [],
      warnings: [],
      place: {},
    });
  });

  it.each([{}, { enabled: 'false' }, { 'invocation-mode': 'never', aliases: 'prod' }])(
    'leaves the function out with %j',
    (tags) => {
      expect(read(tags)).toMatchObject({ enabled: false, services: [], problems: [], place: {} });
    },
  );

  it.each(['', 'TRUE', 'True', 'yes', '1', ' true', 'true ', 'on'])('refuses %j', (enabled) => {
    expect(read({ enabled })).toEqual(refusal('enabled', enabled));
  });
});

describe('the payload-passthrough tag', () => {
  it.each([
    ['true', true],
    ['false', false],
  ])('takes %s', (value, payloadPassthrough) => {
    const result = readEnabled({ 'payload-passthrough': value });
    expect(result.services).toMatchObject([{ payloadPassthrough }]);
    expect(result.warnings).toEqual([]);
  });

  it.each(['', 'TRUE', 'yes', '1'])('warns of %j and counts it as false', (value) => {
    const result = readEnabled({ 'payload-passthrough': value });
    expect(result.services).toMatchObject([{ payloadPassthrough: false }]);
    expect(result.warnings).toMatchObject([{ tag: `${tagPrefix}payload-passthrough` }]);
    expect(result.warnings[0]?.message).toContain(JSON.stringify(value));
  });
});

describe('the invocation-mode tag', () => {
  it.each(['ASYNCHRONOUS', 'asynchronous', 'Asynchronous'])(
    'reads %s, and writes it in the lower case that Consul compares with',
    (mode) => {
      expect(readEnabled({ 'invocation-mode': mode }).services).toMatchObject([
        { invocationMode: 'asynchronous' },
      ]);
    },
  );

  it.each(['SYNCHRONOUS', 'synchronous'])('reads %s', (mode) => {
    expect(readEnabled({ 'invocation-mode': mode }).services).toMatchObject([
      { invocationMode: 'synchronous' },
    ]);
  });

  it.each(['', 'ASYNC', 'asynchronous ', 'event'])('refuses %j', (mode) => {
    expect(readEnabled({ 'invocation-mode': mode })).toEqual(refusal('invocation-mode', mode));
  });
});

describe('the service-name tag', () => {
  it.each(['a', 'A1', 'pay.v2', 'pay_v2', 'pay-v2', '7', `a${'b'.repeat(126)}c`])('takes %s', (name) => {
    expect(namesOf(readEnabled({ 'service-name': name }))).toEqual([name]);
  });

  it.each([
    '',
    '-',
    '-pay',
    'pay-',
    '.pay',
    'pay_',
    'pay service',
    'pay/2',
    'päy',
    `a${'b'.repeat(127)}c`,
    'pay\n',
  ])('refuses %j', (name) => {
    expect(readEnabled({ 'service-name': name })).toEqual(refusal('service-name', name));
  });

  it('names the aliases, too, and comes after the prefix', () => {
    const result = readEnabled({ 'service-name': 'orders', aliases: 'prod' }, 'fn-');
    expect(namesOf(result)).toEqual(['fn-orders', 'fn-orders-prod']);
    expect(result.services[1]?.arn).toBe(`${functionArn}:prod`);
  });
});

describe('the service-tags tag', () => {
  it.each([
    ['blue', ['blue']],
    ['blue+green', ['blue', 'green']],
    [' blue + green ', ['blue', 'green']],
    ['++blue++', ['blue']],
    ['blue+blue', ['blue']],
    ['', []],
    [' + ', []],
  ])('reads %j as a list', (value, tags) => {
    expect(readEnabled({ 'service-tags': value }).services).toMatchObject([{ tags }]);
  });

  it('counts for the aliases as well', () => {
    const { services } = readEnabled({ 'service-tags': 'blue', aliases: 'prod' });
    expect(services.map((service) => service.tags)).toEqual([['blue'], ['blue']]);
  });
});

describe('the aliases tag', () => {
  it.each([
    ['prod', ['pay', 'pay-prod']],
    ['prod+test', ['pay', 'pay-prod', 'pay-test']],
    [' prod + test ', ['pay', 'pay-prod', 'pay-test']],
    ['prod+prod', ['pay', 'pay-prod']],
    ['', ['pay']],
    ['+', ['pay']],
    ['prod++test', ['pay', 'pay-prod', 'pay-test']],
    ['a_b-C9', ['pay', 'pay-a_b-C9']],
    ['a'.repeat(128), ['pay', `pay-${'a'.repeat(128)}`]],
  ])('reads %j', (aliases, names) => {
    const result = readEnabled({ aliases });
    expect(namesOf(result)).toEqual(names);
    expect(result.problems).toEqual([]);
  });

  it.each(['pr.od', 'pr od', '$LATEST', 'prod:1', 'a'.repeat(129)])(
    'counts the bad alias %j as one failure and goes on with the others',
    (bad) => {
      const result = readEnabled({ aliases: `prod+${bad}+test` });
      expect(namesOf(result)).toEqual(['pay', 'pay-prod', 'pay-test']);
      expect(result.problems).toMatchObject([{ service: `pay-${bad}`, tag: `${tagPrefix}aliases` }]);
      expect(result.problems[0]?.message).toContain(JSON.stringify(bad));
    },
  );
});

describe('the route tags', () => {
  it.each(['pay.example.com', 'localhost', '*.example.com', 'a-b.c9', `${'a'.repeat(63)}.com`])(
    'take host %s',
    (host) => {
      expect(readEnabled({ 'route-host': host }).services).toMatchObject([{ routeHost: host }]);
    },
  );

  it.each([
    '',
    'Pay.example.com',
    '*',
    '*.',
    'a.*.com',
    '-a.com',
    'a-.com',
    'a..com',
    'a.com.',
    'a.com:80',
    'a_b.com',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(127)}com`,
    'http://a.com',
  ])('refuse host %j', (host) => {
    expect(readEnabled({ 'route-host': host })).toEqual(refusal('route-host', host));
  });

  it.each([
    ['/', '/'],
    ['/pay', '/pay'],
    ['/pay/', '/pay'],
    ['/pay/v2/', '/pay/v2'],
    ['/A-z_0.9~', '/A-z_0.9~'],
    ['/.well-known', '/.well-known'],
    ['/...', '/...'],
  ])('take path %j as %j', (path, routePath) => {
    expect(readEnabled({ 'route-path': path }).services).toMatchObject([{ routePath }]);
  });

  it.each([
    '',
    'pay',
    '//',
    '/pay//',
    '/pay//v2',
    '/.',
    '/..',
    '/pay/../x',
    '/pay/.',
    '/pay/./',
    '/a b',
    '/a%20',
    '/a?b',
    '/a*',
  ])('refuse path %j', (path) => {
    expect(readEnabled({ 'route-path': path })).toEqual(refusal('route-path', path));
  });

  it('belong to the function and not to its aliases', () => {
    const { services } = readEnabled({
      'route-host': 'pay.example.com',
      'route-path': '/pay',
      aliases: 'prod',
    });
    expect(services.map(({ routeHost, routePath }) => [routeHost, routePath])).toEqual([
      ['pay.example.com', '/pay'],
      [undefined, undefined],
    ]);
  });
});

describe('the other tags', () => {
  it.each([
    ['dc2', 'dc2'],
    ['', undefined],
  ])('name %j as the datacenter', (value, datacenter) => {
    expect(readEnabled({ datacenter: value }).place.datacenter).toBe(datacenter);
  });

  it.each(['namespace', 'partition'])('name the %s, in lower case', (tag) => {
    expect(readEnabled({ [tag]: 'Team' }).place).toEqual({ [tag]: 'team' });
  });

  it('name the terminating gateway, or none where it is empty', () => {
    const gatewayOf = (value: string) => readEnabled({ 'terminating-gateway': value }).services[0]?.gateway;
    expect(gatewayOf('edge')).toBe('edge');
    expect(gatewayOf('')).toBeUndefined();
    expect(readEnabled({ 'terminating-gateway': 'a b' })).toEqual(refusal('terminating-gateway', 'a b'));
  });

  it('report every problem of a function', () => {
    const { problems, services } = readEnabled({
      'invocation-mode': '',
      'route-host': '!',
      'service-name': '-',
    });
    expect(services).toEqual([]);
    expect(problems.map((problem) => problem.tag.slice(tagPrefix.length)).toSorted()).toEqual([
      'invocation-mode',
      'route-host',
      'service-name',
    ]);
  });

  it.each([
    ['serverless.consul.hashicorp.com/alpha/lambda/enabled', `Did you mean ${tagPrefix}enabled?`],
    ['serverless.consul.hashicorp.com/v1alpha1/lambda/Enabled', `Did you mean ${tagPrefix}enabled?`],
    ['Serverless.Consul.HashiCorp.com/v1alpha1/lambda/aliases', `Did you mean ${tagPrefix}aliases?`],
    ['serverless.consul.hashicorp.com/v1alpha1/lambda/alias', 'Known tags are'],
  ])('warn of %s, on disabled functions as well', (key, hint) => {
    const [warning, ...more] = read({ [key]: 'true' }).warnings;
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ tag: key });
    expect(warning?.hint).toContain(hint);
  });

  it('are none of ours without the prefix', () => {
    expect(read({ 'team/enabled': 'true', 'aws:cloudformation/stack': 'x', '__proto__/': 'y' })).toEqual({
      enabled: false,
      services: [],
      problems: [],
      warnings: [],
      place: {},
    });
  });
});
