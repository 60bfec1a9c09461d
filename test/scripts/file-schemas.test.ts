import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { documentation, fileSchemas, shownIn } from '../../scripts/file-schemas.ts';
import { readAgentConfig } from '../../src/agent/config.ts';
import { readProxyConfig } from '../../src/proxy/config.ts';

const written = await fileSchemas();
const ajv = new Ajv({ strict: true, allowUnionTypes: true });

/** Whether a schema takes YAML, keys without a value being left out as programs read them. */
function taking(name: string): (yaml: string) => boolean {
  const validate = ajv.compile(JSON.parse(written[name] ?? '') as object);
  return (yaml) => validate(parse(yaml, (_key, value: unknown) => value ?? undefined, { merge: true }) ?? {});
}

const takes = { agent: taking('schemas/agent.schema.json'), proxy: taking('schemas/proxy.schema.json') };

/** Whether the program takes it, and knows every key. */
const programs = {
  agent: (yaml: string) => isTaken(() => readAgentConfig(yaml, 'agent.yaml', {})),
  proxy: (yaml: string) => isTaken(() => readProxyConfig(yaml, 'lrp.yaml', {})),
};

function isTaken(read: () => { warnings: readonly string[] }): boolean {
  try {
    return !read().warnings.some((told) => told.includes('unknown key'));
  } catch {
    return false;
  }
}

const pages = await documentation();
const agentPage = shownIn(pages, '<!-- agent.yaml: read by a test -->\n\n```yaml\n');
const sources = 'sources: { consul: {} }';

describe('schemas of the YAML files', () => {
  it.each(Object.keys(written))('%s is what the code says (npm run docs writes it)', (name) => {
    expect(readFileSync(name, 'utf8')).toBe(written[name]);
  });

  it("take the documentation's files with every key", () => {
    const proxyPage = shownIn(pages, '```yaml\n# every key of the proxy\n');
    expect([takes.agent(agentPage), takes.proxy(proxyPage)]).toEqual([true, true]);
  });

  it('describe what the documentation describes', () => {
    expect(JSON.parse(written['schemas/proxy.schema.json'] ?? '')).toMatchObject({
      properties: {
        aws: {
          items: { properties: { strip_prefix: { description: 'true: the function does not see it' } } },
        },
        consul: { properties: { concurrency: { description: '0: any number' } } },
      },
    });
    expect(JSON.parse(written['schemas/agent.schema.json'] ?? '')).toMatchObject({
      properties: { bind: { description: 'where HAProxy listens' } },
    });
  });
});

describe.each<[keyof typeof takes, string]>([
  ['agent', agentPage],
  ['agent', agentPage.replace(/^push:[^]*?\n\n/m, '')],
  ['agent', 'sources: { file: {} }\nadmin:'],
  ['agent', `${sources}\nhaproxy: { mode: DRIVE, master_socket: /run/haproxy/master.sock }`],
  ['agent', `${sources}\napply: { drain: 1.5h, debounce: 0 }\nrouting: { stats_paths: false }`],
  ['proxy', shownIn(pages, '```yaml\n# lrp.yaml\n')],
  ['proxy', 'port: "8080"\nlocal:\n  - hostname: foo.domain.lb\n    endpoint: http://lambda-1:8080'],
  ['proxy', 'workers: auto\nlimits: { grace: 1.5, idle_timeout: 500ms }\nadmin:'],
  ['proxy', 'aws: [{ hostname: "*", function_name: f, qualifier: 7, invocation: Asynchronous }]'],
  ['proxy', 'local: [&x { hostname: a.b, endpoint: "http://a" }, { <<: *x, path_prefix: /b }]'],
  ['proxy', ''],
])('a file of the %s', (program, yaml) => {
  it(`is taken by the schema as by the program: ${JSON.stringify(yaml.slice(0, 60))}`, () => {
    expect({ schema: takes[program](yaml), program: programs[program](yaml) }).toEqual({
      schema: true,
      program: true,
    });
  });
});

describe.each<[keyof typeof takes, string, string]>([
  ['agent', 'an unknown key', `${sources}\nhaproxi: {}`],
  ['agent', 'an unknown key further in', `${sources}\nhaproxy: { mod: drive }`],
  ['agent', 'an unknown word', `${sources}\nhaproxy: { mode: steer }`],
  ['agent', 'a number beyond its bounds', `${sources}\nguard: { percent: 101 }`],
  ['agent', 'a part of a number', `${sources}\nguard: { reads: 1.5 }`],
  ['agent', 'a text for a list', 'sources: { consul: { services: web } }'],
  ['agent', 'a missing key', 'sources: { cloud_map: { region: eu-west-1 } }'],
  ['agent', 'no duration', `${sources}\napply: { drain: soon }`],
  ['agent', 'true where auto or false is meant', `${sources}\nrouting: { stats_paths: true }`],
  ['agent', 'an option of no service', `${sources}\nservices: { web: { waight: 3 } }`],
  ['proxy', 'the key that the reference mistypes', 'internal_route_proxy: x'],
  ['proxy', 'a port that is none', 'port: http'],
  ['proxy', 'a number for a text', 'local: [{ hostname: 7, endpoint: "http://a" }]'],
  ['proxy', 'a route without its host', 'local: [{ endpoint: "http://a" }]'],
  ['proxy', 'a function without its name', 'aws: [{ hostname: a.b }]'],
  ['proxy', 'a format that is none', 'aws: [{ hostname: a.b, function_name: f, format: apigw }]'],
  ['proxy', 'a duration in hours', 'limits: { grace: 1h }'],
  ['proxy', 'no workers', 'workers: 0'],
])('a file of the %s with %s', (program, _fault, yaml) => {
  it('is refused by the schema as by the program', () => {
    expect({ schema: takes[program](yaml), program: programs[program](yaml) }).toEqual({
      schema: false,
      program: false,
    });
  });
});
