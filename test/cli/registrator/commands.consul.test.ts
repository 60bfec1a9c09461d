import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';
import { registratorIn } from '../../../src/cli/registrator/run.ts';
import { readCatalog } from '../../support/consul/catalog.ts';

import { owner, registerAsGoDoes } from '../../support/registrator/lambda-pairs.ts';
import { recordingTerminal } from '../../support/recording-terminal.ts';
import { fullSync } from '../../support/registrator/registrator.ts';
import { addTagged } from '../../support/registrator/lambda-runtime.ts';
import { sandboxAws } from '../../support/aws/sandbox-aws.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();
let aws: Awaited<ReturnType<typeof sandboxAws>>;

beforeAll(async () => {
  aws = await sandboxAws();
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.close();
});
beforeEach(async () => {
  given.world.set('pay');
  given.world.set('mail');
  await fullSync(given.parts);
});

interface Ran {
  code: number;
  out: string;
  err: string;
}

async function run(args: string, answer?: boolean, settings: Record<string, string> = {}): Promise<Ran> {
  const terminal = recordingTerminal(answer);
  const { host, port } = given.front;
  const env = { CONSUL_HTTP_ADDR: `${host}:${port}`, ...settings };
  const code = await runCli(args.split(' '), {
    terminal,
    env,
    reconcile: registratorIn(env, terminal),
  });
  return { code, out: terminal.out.join('\n'), err: terminal.err.join('\n') };
}

async function owned(): Promise<string[]> {
  const { services } = await readCatalog(given.server);
  const names = Object.keys(services).filter((name) => services[name]?.Meta['registrator-owner'] === owner);
  return names.toSorted();
}

describe('owners', () => {
  it('prints a table for people', async () => {
    await registerAsGoDoes(given.server, 'legacy');
    const { code, out, err } = await run('owners');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['OWNER', 'NODE', 'DATACENTER', 'SERVICES', 'EXAMPLE', 'PARAMETERS'],
      ['none (Go registrator)', 'lambdas', 'dc1', '1', 'legacy', '0'],
      [owner, 'lambdas', 'dc1', '2', 'mail', '0'],
    ]);
  });

  it('prints the list alone with --json', async () => {
    const { code, out, err } = await run('owners --json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual([
      { owner, node: 'lambdas', datacenter: 'dc1', services: 2, example: 'mail', parameters: [] },
    ]);
  });

  it('notes a datacenter that is away, prints the rest and ends with 75', async () => {
    given.watch((request) =>
      request.includes('/v1/catalog/datacenters')
        ? { status: 200, type: 'application/json', body: '["dc1","dc9"]' }
        : undefined,
    );
    const { code, out, err } = await run('owners --json');
    expect(code).toBe(75);
    expect(JSON.parse(out)).toMatchObject([{ owner, services: 2 }]);
    expect(err).toMatch(/^warning: Not all of datacenter dc9 was seen: .*No path to datacenter/);
  });

  it('says where there is nothing', async () => {
    await given.server.ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas' });
    expect(await run('owners')).toEqual({
      code: 0,
      out: 'No services of a registrator were found.',
      err: '',
    });
  });
});

describe('release', () => {
  it('asks, releases, and says that the next sync adopts', async () => {
    const { code, out, err } = await run('release pay', true);
    expect({ code, err }).toEqual({ code: 0, err: "Take our owner's mark off pay?" });
    expect(out).toMatch(/Our mark was taken off pay\.[^]*The next sync adopts/);
    expect(await owned()).toEqual(['mail']);
    expect((await fullSync(given.parts)).changes).toMatchObject([{ action: 'adopt', service: 'pay' }]);
  });

  it('changes nothing when declined, or where there is nobody to ask', async () => {
    given.watch();
    expect(await run('release pay', false)).toMatchObject({ code: 1, out: '' });
    expect(await run('release pay')).toMatchObject({ code: 64, err: expect.stringContaining('add --yes') });
    expect(await run('release --yes')).toMatchObject({ code: 64 });
    expect(given.requests()).toEqual([]);
    expect(await owned()).toEqual(['mail', 'pay']);
  });

  it('goes on after a name that is not there, and ends with 65', async () => {
    const { code, out, err } = await run('release --yes --json none pay');
    expect({ code, err }).toEqual({ code: 65, err: '' });
    expect(JSON.parse(out)).toMatchObject([
      { service: 'none', outcome: 'unknown' },
      { service: 'pay', outcome: 'released' },
    ]);
    expect(await owned()).toEqual(['mail']);
  });

  it('ends with 77 where Consul refuses the write', async () => {
    given.watch((request) =>
      request.startsWith('PUT') ? { status: 403, body: 'Permission denied' } : undefined,
    );
    const { code, out } = await run('release --yes pay');
    expect(code).toBe(77);
    expect(out).toContain('Permission denied');
    expect(await owned()).toEqual(['mail', 'pay']);
  });

  it('ends with 75 while a remembered datacenter is away', async () => {
    const NodeMeta = { 'external-node': 'true', 'registrator-datacenters': 'dc9' };
    await given.server.ok('PUT', '/v1/catalog/register', { Node: 'lambdas', Address: '10.0.0.9', NodeMeta });
    const { code, out, err } = await run('release --yes pay');
    expect(code).toBe(75);
    expect(out).toContain('Our mark was taken off pay.');
    expect(err).toContain('Not all of datacenter dc9 was seen');
  });
});

describe('take-over', () => {
  beforeEach(() => {
    for (const name of ['pay', 'mail']) addTagged(aws.world, name);
    return () => aws.world.functions.clear();
  });

  const marks = async (node = 'lambdas'): Promise<string[]> => {
    const { services } = await readCatalog(given.server, node);
    return Object.entries(services).map(([name, { Meta }]) => `${name} ${Meta['registrator-owner']}`);
  };

  it('shows the plan, asks, and marks anew', async () => {
    const { code, out, err } = await run(`take-over --from ${owner}`, true, { OWNER_ID: 'team' });
    expect(code).toBe(0);
    expect(err).toContain('taken over from a previous owner');
    expect(err).toContain('Change Consul as shown?');
    expect(out).toContain('2 updated');
    expect(await marks()).toEqual(['mail team', 'pay team']);
  });

  it('changes nothing when declined, in a dry run, or where there is nobody to ask', async () => {
    const settings = { NODE_NAME: 'lambdas-2' };
    expect(await run(`take-over --from ${owner}`, false, settings)).toMatchObject({ code: 1 });
    expect(await run(`take-over --from ${owner} --dry-run`, undefined, settings)).toMatchObject({ code: 2 });
    expect(await run(`take-over --from ${owner}`, undefined, settings)).toMatchObject({
      code: 64,
      err: expect.stringContaining('--dry-run'),
    });
    expect(await run('take-over --yes --from ,', undefined, settings)).toMatchObject({ code: 64 });
    expect(await marks()).toEqual([`mail ${owner}`, `pay ${owner}`]);
  });

  it('adds to the previous owners that are set', async () => {
    await run(`take-over --yes --from ${owner}`, undefined, { OWNER_ID: 'a' });
    aws.world.functions.delete('mail');
    await given.server.ok('DELETE', '/v1/config/service-defaults/mail');
    await given.server.ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas', ServiceID: 'mail' });
    addTagged(aws.world, 'mail');
    await run(`take-over --yes --from none`, undefined, { OWNER_ID: 'b', PREVIOUS_OWNER_IDS: '' });
    expect(await marks()).toEqual(['mail b', 'pay a']);
    const settings = { OWNER_ID: 'team', NODE_NAME: 'lambdas-2', PREVIOUS_OWNER_IDS: 'a' };
    const { code, out } = await run('take-over --yes --from b --json', undefined, settings);
    expect({ code, report: JSON.parse(out) }).toMatchObject({ code: 0, report: { counts: { updated: 2 } } });
    expect(await marks()).toEqual([]);
    expect(await marks('lambdas-2')).toEqual(['mail team', 'pay team']);
  });
});

describe('sync', () => {
  it('names the number of deletions to allow, and deletes so many when told', async () => {
    for (const name of ['a', 'b', 'c', 'd']) given.world.set(name);
    await fullSync(given.parts);
    // AWS has none of these functions.
    expect(await run('sync --yes --allow-deletes 5')).toMatchObject({
      code: 3,
      out: expect.stringContaining('`lambda-registrator sync --allow-deletes 6`'),
    });
    expect(await owned()).toHaveLength(6);
    expect(await run('sync --allow-deletes 6', true)).toMatchObject({
      code: 0,
      err: expect.stringContaining('6 to delete'),
      out: expect.stringContaining('6 deleted'),
    });
    expect(await owned()).toEqual([]);
  });
});
