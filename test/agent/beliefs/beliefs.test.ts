import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addNamespace, addService, register } from '../../../src/sandbox/aws/cloud-map/world.ts';
import type { SandboxAws } from '../../../src/sandbox/aws/server.ts';
import { patience } from '../../support/docker/containers.ts';
import { DockerDaemon } from '../../support/docker/daemon.ts';
import { web } from '../../support/docker/followed-docker.ts';
import { RunningBeliefs } from '../../support/agent/running-beliefs.ts';
import { sandboxAws, targetAt } from '../../support/aws/sandbox-aws.ts';

let running: RunningBeliefs;
let daemon: DockerDaemon;
let aws: SandboxAws;
let services: string;

beforeEach(async () => {
  [running, daemon, aws] = await Promise.all([RunningBeliefs.create(), DockerDaemon.start(), sandboxAws()]);
  const { accessKeyId, secretAccessKey } = targetAt(aws.url).credentials;
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  running.env = { AWS_ENDPOINT_URL_SERVICEDISCOVERY: aws.url };
  services = join(running.folder, 'services.yaml');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await running[Symbol.asyncDispose]();
  await Promise.all([daemon.stop(), aws.close()]);
});

const fileSource = () => `file: { path: ${services} }`;
const dockerSource = () => `docker: { address: "${daemon.address}", resync: 1s }`;
const cloudMapSource = () =>
  'cloud_map: { region: eu-west-1, namespaces: [{ namespace: cluster, domain: test.com }], refresh: 1s }';
const sources = (...each: string[]) => `sources: { ${each.join(', ')} }`;

/** A file with the service `web` on these servers. */
async function writeServices(...servers: string[]): Promise<void> {
  const listed = servers.map((address) => `{ address: ${address}, port: 80 }`).join(', ');
  const text = `services: [{ name: web, routes: [{ host: web.example.com }], servers: [${listed}] }]`;
  await writeFile(services, text);
}

/** The services of the namespace `cluster`, each with one server. */
function addServices(...names: string[]) {
  const namespace = addNamespace(aws.world, 'cluster');
  for (const [at, name] of names.entries())
    register(addService(namespace, name), 'i-1', {
      AWS_INSTANCE_IPV4: `10.2.0.${at + 1}`,
      AWS_INSTANCE_PORT: '80',
    });
  return namespace;
}

const served = () => running.served();

describe('sources of all kinds', () => {
  it('are believed together, each service once', async () => {
    await writeServices('10.0.0.1');
    daemon.run(web('one', '10.1.0.1'));
    addServices('api');
    await running.start(sources(fileSource(), dockerSource(), cloudMapSource()));
    await running.beliefs.known(10_000);
    await expect.poll(served, patience).toEqual(['api.cluster: 10.2.0.1:80', 'web: 10.0.0.1:80 10.1.0.1:80']);
    expect(running.beliefs.states()).toMatchObject([
      { name: 'file', ok: true, services: 1, servers: 1 },
      { name: 'docker', ok: true, services: 1, servers: 1 },
      { name: 'cloud_map', ok: true, services: 1, servers: 1 },
    ]);
    daemon.run(web('two', '10.1.0.2'));
    await expect.poll(served, patience).toContain('web: 10.0.0.1:80 10.1.0.1:80 10.1.0.2:80');
    const { views } = running.beliefs;
    const before = views();
    running.beliefs.refresh();
    const reads = running.state('docker').reads.succeeded;
    await expect.poll(() => running.state('docker').reads.succeeded, patience).toBeGreaterThan(reads);
    expect(views()).toBe(before);
  });

  it('that are away take nothing with them', async () => {
    daemon.run(web('one', '10.1.0.1'));
    await writeServices('10.0.0.1');
    await running.start(sources(fileSource(), dockerSource()));
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80 10.1.0.1:80']);
    await daemon.down();
    running.beliefs.refresh();
    await expect.poll(() => running.state('docker').failures, patience).toBeGreaterThan(0);
    expect(running.state('docker')).toMatchObject({ ok: false, hasAnswered: true, servers: 1 });
    expect(running.state('file')).toMatchObject({ ok: true, failures: 0, error: undefined });
    expect(served()).toEqual(['web: 10.0.0.1:80 10.1.0.1:80']);
  });
});

describe('a source that tells less', () => {
  it('is believed after reads that agree, and holds nothing of others', async () => {
    daemon.run(web('one', '10.1.0.1'));
    await writeServices('10.0.0.1', '10.0.0.2', '10.0.0.3');
    await running.start(`guard: { interval: 300ms, reads: 2 }\n${sources(fileSource(), dockerSource())}`);
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80 10.0.0.2:80 10.0.0.3:80 10.1.0.1:80']);
    await writeServices('10.0.0.1');
    await expect
      .poll(() => running.state('file').held, patience)
      .toMatchObject([{ service: 'web', reads: 1 }]);
    expect(served()).toEqual(['web: 10.0.0.1:80 10.0.0.2:80 10.0.0.3:80 10.1.0.1:80']);
    daemon.run(web('two', '10.1.0.2'));
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80 10.1.0.1:80 10.1.0.2:80']);
    expect(running.state('file').held).toEqual([]);
  });

  it('keeps what a daemon ran that was only just started', async () => {
    for (const each of [1, 2, 3]) daemon.run(web(`web-${each}`, `10.1.0.${each}`));
    await running.start(sources(dockerSource()));
    const all = ['web: 10.1.0.1:80 10.1.0.2:80 10.1.0.3:80'];
    await expect.poll(served, patience).toEqual(all);
    const containers = [...daemon.containers];
    await daemon.down();
    daemon.containers.clear();
    await daemon.up();
    const held = { service: 'web', reason: 'the source has no servers any more' };
    await expect.poll(() => running.state('docker').held, patience).toMatchObject([{ ...held, reads: 3 }]);
    expect(served()).toEqual(all);
    for (const [id, container] of containers) daemon.containers.set(id, container);
    running.beliefs.refresh();
    await expect.poll(() => running.state('docker').held, patience).toEqual([]);
    expect(served()).toEqual(all);
  });

  it('keeps what is on a page that cannot be read, and goes on with other services', async () => {
    const names = Array.from({ length: 120 }, (_, at) => `s-${at}`);
    const namespace = addServices(...names);
    await running.start(sources(cloudMapSource()));
    await expect.poll(() => running.state('cloud_map').services, patience).toBe(120);
    const first = [...namespace.services.values()].find(({ name }) => name === 's-0');
    if (first === undefined) throw new Error('no service');
    aws.faults.strike = ({ operation, input }) =>
      operation === 'ListServices' && 'NextToken' in (input as object) ? 'throttle' : undefined;
    register(first, 'i-2', { AWS_INSTANCE_IPV4: '10.2.9.9', AWS_INSTANCE_PORT: '80' });
    await expect.poll(() => running.state('cloud_map').servers, patience).toBe(121);
    await expect
      .poll(() => running.problems().join(), patience)
      .toContain('namespace cluster stay as they are');
    expect(running.state('cloud_map')).toMatchObject({ services: 120, held: [] });
  });
});

describe('the snapshot', () => {
  it('is what a start begins with, and guards it, while sources are away', async () => {
    for (const each of [1, 2, 3]) daemon.run(web(`web-${each}`, `10.1.0.${each}`));
    await running.start(sources(dockerSource()));
    const all = ['web: 10.1.0.1:80 10.1.0.2:80 10.1.0.3:80'];
    await expect.poll(served, patience).toEqual(all);
    await running.end();
    await daemon.down();
    await running.start(sources(dockerSource()));
    expect(served()).toEqual(all);
    await running.beliefs.known(100);
    expect(running.state('docker')).toMatchObject({ ok: false, hasAnswered: false, servers: 3 });
    daemon.die('web-2');
    daemon.die('web-3');
    await daemon.up();
    await expect.poll(() => running.state('docker').hasAnswered, patience).toBe(true);
    await expect.poll(served, patience).toEqual(['web: 10.1.0.1:80']);
    expect(running.changes).toBeGreaterThan(0);
  });

  it('keeps what it knows of a container that cannot be looked at', async () => {
    for (const each of [1, 2, 3]) daemon.run(web(`web-${each}`, `10.1.0.${each}`));
    await running.start(sources(dockerSource()));
    const all = ['web: 10.1.0.1:80 10.1.0.2:80 10.1.0.3:80'];
    await expect.poll(served, patience).toEqual(all);
    await running.end();
    const { id } = daemon.named('web-2');
    daemon.fault = (path) => (path.includes(id) ? { status: 500, message: 'broken' } : undefined);
    daemon.run(web('web-4', '10.1.0.4'));
    await running.start(sources(dockerSource()));
    await expect.poll(served, patience).toEqual([`${all[0]} 10.1.0.4:80`]);
    expect(running.problems().join()).toContain('container web-2 could not be read');
    daemon.die('web-2');
    daemon.fault = () => undefined;
    await expect.poll(served, patience).toEqual(['web: 10.1.0.1:80 10.1.0.3:80 10.1.0.4:80']);
  });

  it('is not written where nothing is applied, but read', async () => {
    await writeServices('10.0.0.1');
    await running.start(sources(fileSource()));
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80']);
    await running.end();
    const before = await readFile(running.snapshot, 'utf8');
    await writeServices('10.0.0.1', '10.0.0.2');
    await running.start(`apply: { mode: "off" }\n${sources(fileSource())}`);
    expect(served()).toEqual(['web: 10.0.0.1:80']);
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80 10.0.0.2:80']);
    await running.end();
    expect(await readFile(running.snapshot, 'utf8')).toBe(before);
  });

  it('counts as none where it is broken, which is told', async () => {
    await writeServices('10.0.0.1');
    await writeFile(running.snapshot, '{');
    await running.start(sources(fileSource()));
    expect(running.snapshotFailures).toMatchObject([{ code: 'CONFIG_INVALID' }]);
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80']);
    await running.end();
    expect(await readFile(running.snapshot, 'utf8')).toContain('10.0.0.1');
  });

  it('that cannot be written is told, and nothing else suffers', async () => {
    await mkdir(running.snapshot);
    await writeServices('10.0.0.1');
    await running.start(sources(fileSource()));
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80']);
    await expect.poll(() => running.snapshotFailures.length, patience).toBe(2);
  });

  it('has nothing of sources that are not configured', async () => {
    await writeServices('10.0.0.1');
    daemon.run(web('one', '10.1.0.1'));
    await running.start(sources(fileSource(), dockerSource()));
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80 10.1.0.1:80']);
    await running.end();
    await running.start(sources(fileSource()));
    expect(served()).toEqual(['web: 10.0.0.1:80']);
  });
});

describe('another configuration', () => {
  it('reads anew what a source could not begin without', async () => {
    addServices('api');
    const authorities = join(running.folder, 'ca.pem');
    running.env['AWS_CA_BUNDLE'] = authorities;
    await running.start(sources(cloudMapSource()));
    await expect.poll(() => running.state('cloud_map').error, patience).toContain('AWS_CA_BUNDLE');
    await writeFile(authorities, rootCertificates[0] ?? '');
    running.beliefs.follow(running.config(sources(cloudMapSource())));
    await expect.poll(served, patience).toEqual(['api.cluster: 10.2.0.1:80']);
  });

  it('ends sources, starts others, and goes on with those that are the same', async () => {
    await writeServices('10.0.0.1');
    daemon.run(web('one', '10.1.0.1'));
    addServices('api');
    await running.start(sources(fileSource(), dockerSource()));
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80 10.1.0.1:80']);
    const reads = running.state('file').reads.succeeded;
    running.beliefs.follow(running.config(sources(fileSource(), cloudMapSource())));
    expect(served()).toEqual(['web: 10.0.0.1:80']);
    await expect.poll(served, patience).toContain('api.cluster: 10.2.0.1:80');
    await expect.poll(() => running.state('file').reads.succeeded, patience).toBe(reads + 1);
    await expect.poll(() => daemon.events.count, patience).toBe(0);
  });

  it('begins a source of other settings with what is believed', async () => {
    await writeServices('10.0.0.1', '10.0.0.2', '10.0.0.3');
    await running.start(sources(fileSource()));
    await expect.poll(() => running.state('file').servers, patience).toBe(3);
    services = join(running.folder, 'other.yaml');
    running.beliefs.follow(running.config(sources(fileSource())));
    await expect.poll(() => running.state('file').error, patience).toContain('other.yaml');
    expect(running.state('file')).toMatchObject({ ok: false, hasAnswered: true, servers: 3 });
    await writeServices('10.0.0.3');
    await expect.poll(served, patience).toEqual(['web: 10.0.0.3:80']);
  });

  it('is written down, too, or no more', async () => {
    await writeServices('10.0.0.1');
    await running.start(`apply: { mode: "off" }\n${sources(fileSource())}`);
    await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80']);
    running.beliefs.follow(running.config(sources(fileSource())));
    await writeServices('10.0.0.2');
    await expect.poll(() => existsSync(running.snapshot), patience).toBe(true);
  });
});
