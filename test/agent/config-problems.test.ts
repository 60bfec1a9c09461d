import { describe, expect, it } from 'vitest';
import { isAppError } from '../../src/core/errors.ts';
import { readAgentConfig } from '../../src/agent/config.ts';

/** What is said of a configuration that is not taken. */
function problemsIn(text: string | undefined, env: Record<string, string> = {}): readonly string[] {
  try {
    readAgentConfig(text, 'agent.yaml', env);
  } catch (error) {
    if (!isAppError(error, 'CONFIG_INVALID')) throw error;
    return error.message.split('\n').slice(1);
  }
  return [];
}

const source = 'sources: { file: {} }\n';
const image = { AWS_REGION: 'r', NAMESPACE_MAP: '[{"namespace":"n","domainname":"d.example"}]' };

describe('problems of the file', () => {
  it.each([
    ['bind: ":80"', 'bind: must be a list'],
    ['bind: [80]', 'bind[0]: must be text, in quotes'],
    ['bind: [http]', 'bind[0]: must be an address and a port'],
    ['bind: []', 'bind: must name at least one address, unless tls is given'],
    ['bind: [":80", ":80"]', 'bind[1]: must be another address than :80'],
    ['tls: { certs: /c, bind: [":80"] }', 'tls.bind[0]: must be another address than :80'],
    ['haproxy: { stats: { bind: ":80" } }', 'haproxy.stats.bind: must be another address than :80'],
    ['tls: {}', 'tls.certs: is required'],
    ['trusted_proxies: 10.0.0.1', 'trusted_proxies: must be a list'],
    ['trusted_proxies: [proxy]', 'trusted_proxies[0]: must be a network such as 10.0.0.0/8'],
    ['tls: { certs: "c d" }', 'tls.certs: must be an absolute path'],
    ['tls: { certs: /c, min_version: TLSv1.0 }', 'tls.min_version: must be one of TLSv1.2, TLSv1.3'],
    ['tls: { certs: /c, hsts: -1 }', 'tls.hsts: must be a whole number from 0'],
    ['lambda: { proxy: [] }', 'lambda.proxy: must name at least one server'],
    ['lambda: { proxy: [here] }', 'lambda.proxy[0]: must be the address or name of a server and a port'],
    ['lambda: { host: fn.example }', 'lambda.host: must be a host name with {service} in it'],
    ['lambda: { host: "{service}.a b" }', 'lambda.host: must be a host name with {service} in it'],
    ['push: { url: "ftp://r", table: t }', 'push.url: must be a URL'],
    ['push: { url: "http://r" }', 'push.table: is required where url is given'],
    ['push: { url: "http://r", table: t, auth: basic }', 'push.auth: must be one of iam, none'],
    ['routing: { default_domain: "a b" }', 'routing.default_domain: must be a host name or an IPv4'],
    ['routing: { stats_paths: true }', 'routing.stats_paths: must be auto or false'],
    ['service_defaults: { balance: source }', 'service_defaults.balance: must be one of roundrobin'],
    ['service_defaults: { inter: 0 }', 'service_defaults.inter: must be a number of seconds or a duration'],
    ['service_defaults: { weight: 257 }', 'service_defaults.weight: must be a whole number from 0 to 256'],
    ['services: { web: { check: healthz } }', 'services.web.check: must be tcp, off, or a path'],
    ['services: { web: { cookie: "a b" } }', 'services.web.cookie: must be 1 to 64 letters'],
    ['services: { web: { snippet: ["a\\nb"] } }', 'services.web.snippet[0]: must be one line of text'],
    ['services: { web: x }', 'services.web: must be a mapping'],
    ['services: [web]', 'services: must be a mapping of names to values'],
    ['haproxy: { mode: drive }', 'haproxy.master_socket: is required where mode is drive'],
    ['haproxy: { mode: run }', 'haproxy.mode: must be one of start, drive'],
    ['haproxy: { dir: "a b" }', 'haproxy.dir: must be an absolute path'],
    ['haproxy: { dir: "" }', 'haproxy.dir: must be an absolute path'],
    [`haproxy: { dir: "/${'d'.repeat(84)}" }`, 'haproxy.dir: must be shorter'],
    [`haproxy: { socket: "/${'s'.repeat(97)}" }`, 'haproxy.socket: must be shorter'],
    ['haproxy: { bin: "a b" }', 'haproxy.bin: must be the name or path of a program'],
    ['haproxy: { bin: "/opt/a\\nb" }', 'haproxy.bin: must be the name or path of a program'],
    ['haproxy: { log: syslog }', 'haproxy.log: must be stdout, off, or the IP address and port'],
    ['haproxy: { stats: { bind: x } }', 'haproxy.stats.bind: must be an address and a port'],
    ['haproxy: { stats: { password: "ü" } }', 'haproxy.stats.password: must be 1 to 256 printable'],
    ['haproxy: { hard_stop_after: 500ms }', 'haproxy.hard_stop_after: must be a number of seconds or'],
    ['apply: { mode: maybe }', 'apply.mode: must be one of on, off'],
    ['apply: { debounce: 2d }', 'apply.debounce: must be a number of seconds or a duration'],
    ['guard: { percent: 101 }', 'guard.percent: must be a whole number from 0 to 100'],
    ['guard: { reads: 0 }', 'guard.reads: must be a whole number from 1'],
    ['health: { bind: nowhere }', 'health.bind: must be an address and a port such as :3000'],
    ['admin: { bind: ":9091" }', 'admin.bind: must be a loopback address'],
    ['admin: { bind: "10.0.0.1:9091", token: "" }', 'admin.bind: must be a loopback address'],
    ['admin: { token: "a b" }', 'admin.token: must hold an ACL token'],
  ])('are told of %s', (text, problem) => {
    expect(problemsIn(source + text)).toEqual([expect.stringContaining(`agent.yaml:2: ${problem}`)]);
  });

  it.each([
    ['', '1: sources: must have at least one of cloud_map, consul, docker and file'],
    ['sources: {}', '1: sources: must have at least one of'],
    ['sources: { docker: { address: /var/run } }', '1: sources.docker.address: must be unix:///path'],
    ['sources: { docker: { host: all.example } }', '1: sources.docker.host: must be a host name with'],
    ['sources: { consul: { address: "unix:///x" } }', '1: sources.consul.address: must be host:port'],
    ['sources: { consul: { warning: drop } }', '1: sources.consul.warning: must be one of keep, drain'],
    ['sources: { consul: { max_connections: 1 } }', '1: sources.consul.max_connections: must be a whole'],
    ['sources: { cloud_map: { namespaces: [] } }', '1: sources.cloud_map.region: is required'],
    ['sources: { cloud_map: { region: r } }', '1: sources.cloud_map.namespaces: is required'],
    [
      'sources: { cloud_map: { region: r, namespaces: [{ namespace: n }] } }',
      '1: sources.cloud_map.namespaces[0].domain: is required, unless mode is path',
    ],
    [
      'sources: { cloud_map: { region: r, namespaces: [{ namespace: n, mode: path, owner_account: "1" }] } }',
      '1: sources.cloud_map.namespaces[0].owner_account: must be an account of 12 digits',
    ],
    [
      'push: { url: "http://r", table: t, apply: true }\nsources: { file: {} }',
      '2: sources: must be docker alone where push.apply is true',
    ],
    ['push: { apply: true }', '1: push.url: is required where apply is true'],
  ])('are told of %j', (text, problem) => {
    expect(problemsIn(text)).toContainEqual(expect.stringContaining(`agent.yaml:${problem}`));
  });

  it('never show tokens and passwords', () => {
    const text = `
sources: { consul: { address: "http://me:s3cret@c", token: "s3cret and more" } }
admin: { token: "s3cret two" }
haproxy: { stats: { password: "s3cret\\tü" } }
`;
    const problems = problemsIn(text, { PROM_PASSWD: 's3cret\n', CONSUL_HTTP_TOKEN: 's3 cret' });
    expect(problems.length).toBeGreaterThanOrEqual(5);
    expect(problems.join()).not.toMatch(/s3 ?cret/);
  });
});

describe('problems of the environment', () => {
  it('are the two variables that must be given, without a file', () => {
    expect(problemsIn(undefined)).toEqual(['NAMESPACE_MAP: is required', 'AWS_REGION: is required']);
    expect(problemsIn(undefined, { ...image, AWS_REGION: '' })).toEqual(['AWS_REGION: is required']);
  });

  it.each([
    ['[{"namespace":"n","domainname":"d.example"},]', 'is no JSON: it breaks on line 1, column 45'],
    ["[{'namespace':'n'}]", 'is no JSON: it breaks on line 1, column 3'],
    ['[\n {"namespace":"n"\n', 'is no JSON: it breaks on line 3, column 1'],
    ['{"namespace":"n"}', 'must be a list'],
    ['[]', 'must name at least one namespace'],
    ['["n"]', '[0]: must be a mapping of keys to values'],
    ['[{"domainname":"d.example"}]', '[0].namespace: is required'],
    ['[{"namespace":"n"}]', '[0].domainname: is required, unless mode is path'],
    ['[{"namespace":"n","domainname":"*.d"}]', '[0].domainname: must be a domain as lambda.internal'],
    ['[{"namespace":"n","domainname":"d","mode":"both"}]', '[0].mode: must be one of host, path'],
    ['[{"namespace":"n","domainname":"d","defaultPort":"80"}]', '[0].defaultPort: must be a whole number'],
    ['[{"namespace":"n","domainname":"d","ownerAccount":1}]', '[0].ownerAccount: must be text, in quotes'],
  ])('are told of NAMESPACE_MAP %j', (map, problem) => {
    const problems = problemsIn(undefined, { ...image, NAMESPACE_MAP: map });
    expect(problems).toEqual([expect.stringContaining(`NAMESPACE_MAP: ${problem}`)]);
  });

  it.each([
    [{ REFRESH_RATE: 'often' }, 'REFRESH_RATE: must be a number of seconds, not "often"'],
    [{ REFRESH_RATE: '1000000000' }, 'REFRESH_RATE: must be'],
    [{ AWS_REGION: 'Frankfurt!' }, 'AWS_REGION: must be a region such as eu-west-1'],
    [{ BIND: ':80,x' }, 'BIND: must be an address and a port'],
    [{ HEALTH_BIND: '3000' }, 'HEALTH_BIND: must be an address and a port'],
    [{ HEALTH_SOURCE_FAILURES: 'few' }, 'HEALTH_SOURCE_FAILURES: must be a whole number'],
    [{ ADMIN_BIND: '0.0.0.0:9091' }, 'ADMIN_BIND: must be a loopback address'],
    [{ STATE_DIRECTORY: 'a b' }, 'STATE_DIRECTORY: must be an absolute path'],
    [{ TRUSTED_PROXIES: '10.0.0.1,lb' }, 'TRUSTED_PROXIES: must be a network such as'],
    [{ HAPROXY_BIN: 'a;b' }, 'HAPROXY_BIN: must be the name or path of a program'],
    [{ DEFAULT_DOMAIN: 'http://x/' }, 'DEFAULT_DOMAIN: must be a host name or an IPv4 address'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL: must be one of trace'],
    [{ AWS_ENDPOINT_URL: 'localhost:4566' }, 'AWS_ENDPOINT_URL: must be a URL'],
    [{ STATS_PASSWD: 'a\nb' }, 'STATS_PASSWD: must be 1 to 256 printable ASCII characters'],
  ])('are told of %j', (env, problem) => {
    expect(problemsIn(undefined, { ...image, ...env })).toEqual([expect.stringContaining(problem)]);
  });

  it('are told together with those of the file, and with warnings', () => {
    const text = 'sources: { consul: {} }\nguard: { percent: x }\nhealth: { bnd: ":1" }\nbind: [x]\n';
    expect(problemsIn(text, { BIND: 'y', NAMESPACE_MAP: '[', CONSUL_HTTP_ADDR: 'unix:///c' })).toEqual([
      expect.stringMatching(/^agent\.yaml:2: guard\.percent: /),
      expect.stringMatching(/^BIND: /),
      'AWS_REGION: is required',
      expect.stringMatching(/^CONSUL_HTTP_ADDR: must be host:port/),
      'NAMESPACE_MAP: is no JSON: it breaks on line 1, column 2',
      'warning: agent.yaml:3: health.bnd: unknown key, ignored; did you mean bind?',
    ]);
  });

  it('are told together with a file that is no YAML', () => {
    expect(problemsIn('a: [', { NAMESPACE_MAP: '{', LOG_LEVEL: 'x' })).toEqual([
      expect.stringMatching(/^agent\.yaml:1: is no YAML/),
      expect.stringMatching(/^NAMESPACE_MAP: is no JSON/),
      expect.stringMatching(/^LOG_LEVEL: /),
    ]);
  });
});

describe('warnings', () => {
  const warningsIn = (text: string | undefined, env: Record<string, string> = {}) =>
    readAgentConfig(text, 'agent.yaml', env).warnings;

  it('name unknown keys of the file with the nearest known one', () => {
    const text = `${source}services: { web: { chek: /x } }\nguard:\n  procent: 5\nhaproxy: { snipets: {} }\n`;
    expect(warningsIn(text)).toEqual([
      'agent.yaml:2: services.web.chek: unknown key, ignored; did you mean check?',
      'agent.yaml:4: guard.procent: unknown key, ignored; did you mean percent?',
      'agent.yaml:5: haproxy.snipets: unknown key, ignored; did you mean snippets?',
    ]);
  });

  it('name unknown keys of NAMESPACE_MAP', () => {
    const map = '[{"namespace":"n","domainname":"d.example","domain_name":"x"}]';
    expect(warningsIn(undefined, { ...image, NAMESPACE_MAP: map })).toEqual([
      'NAMESPACE_MAP: [0].domain_name: unknown key, ignored; did you mean domainname?',
    ]);
  });
});
