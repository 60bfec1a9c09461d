import { once } from 'node:events';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../../src/agent/told/status.ts';
import { askOnce } from '../../../src/haproxy-process/socket.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { buildAgent } from '../../support/agent/process.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { askWeb, showsWeb, useFileSite } from '../../support/agent/file-site.ts';
import { ask } from '../../support/haproxy/requests.ts';
import { startLoad } from '../../support/http/load.ts';
import type { BuiltProgram } from '../../support/program-process.ts';
import { waitUntil } from '../../support/wait-until.ts';

let built: BuiltProgram;
let one: EchoServer;

beforeAll(async () => {
  built = await buildAgent();
  one = await startEchoServer('one');
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await built.remove();
});

/** A site whose agent serves `web`; `reread` has it read another file. */
async function running(yaml: string) {
  const site = await useFileSite(built, one);
  await site.write(`${site.source}${yaml}`);
  const agent = site.start();
  await showsWeb(agent);
  const reread = async (yaml: string): Promise<void> => {
    await site.write(`${site.source}${yaml}`);
    agent.child.kill('SIGHUP');
  };
  return { site, agent, reread };
}

const settledWith =
  (reason: string) =>
  ({ config, changes: [last] }: Status): boolean =>
    !config.pending && last?.reason === reason && last.how === 'reload';

describe('a file that is read anew', () => {
  it('brings TLS and takes it away while requests go on, and a port or certificate that is no good breaks nothing', async () => {
    const quick = 'apply: { min_reload_interval: 0 }\n';
    const { site, agent, reread } = await running(quick);
    const load = startLoad(site.ports.http, 'web.example.com');
    const [tls = 0] = await freePorts(1);
    const certs = `${site.folder}/certs`;
    await mkdir(certs);
    await copyFile('fixtures/haproxy/certificate.pem', `${certs}/a.pem`);
    const askTls = () =>
      ask({ ports: { ...site.ports, tls }, host: 'web.example.com', form: 'HTTP/2 over TLS' });
    const withTls = `${quick}tls: { bind: ["127.0.0.1:${tls}"], certs: ${certs}, hsts: 60 }\n`;

    const taken = createServer().listen(tls, '127.0.0.1');
    await once(taken, 'listening');
    await reread(withTls);
    const { config } = await agent.shows('a rejection', ({ config }) => config.rejected);
    expect(config.rejected?.error).toContain(`127.0.0.1:${tls}`);
    await once(taken.close(), 'close');
    await reread(withTls);
    await agent.shows('TLS', settledWith('tls'));
    expect((await askTls()).headers['strict-transport-security']).toBe('max-age=60');

    await copyFile('fixtures/haproxy/certificate.pem', `${certs}/b.pem`);
    await agent.shows('other certificates', settledWith('certificates'));
    await writeFile(`${certs}/b.pem`, 'no certificate\n');
    await agent.shows('a rejection', ({ config }) => config.rejected?.error.includes('b.pem'));
    expect((await askTls()).status).toBe(200);
    await rm(`${certs}/b.pem`);
    await agent.shows('that nothing is rejected', ({ config }) => !config.rejected && !config.pending);

    await reread(quick);
    await agent.shows('no TLS', settledWith('tls'));
    await load.stop();
    expect(load.failures).toEqual([]);
    await reread(withTls.replace('hsts: 60', 'redirect: true'));
    const redirected = await waitUntil('a redirect', async () => {
      const answer = await askWeb(site);
      return answer.status === 308 ? answer : undefined;
    });
    expect(redirected.headers.location).toBe(`https://web.example.com:${tls}/`);
  });

  it('lets another rhythm of looking at HAProxy count at once', async () => {
    const { site, agent, reread } = await running('apply: { resync: 1h }\n');
    await askOnce(`${site.state}/haproxy.sock`, 'set server be_web/s_one state maint');
    expect((await askWeb(site)).status).toBe(503);
    await reread('apply: { resync: 1s }\n');
    await agent.shows('what was done by hand to be undone', ({ changes }) => changes[0]?.how === 'runtime');
    expect((await askWeb(site)).status).toBe(200);
  });

  it('is kept from counting by whatever is wrong with it or is not there, told with its lines', async () => {
    const { site, agent, reread } = await running('');
    await reread('guard:\n  percent: 200\napply:\n  drain: soon\n');
    const { error } = await agent.says('not reloaded');
    for (const problem of [':7: guard.percent: ', ':9: apply.drain: ']) expect(error).toContain(problem);
    await rm(site.file);
    agent.child.kill('SIGHUP');
    await agent.says('ENOENT');
    await reread('');
    await agent.says('"reloaded"');
    expect(await agent.status()).toMatchObject({ haproxy: { reloads: 0 }, config: { rejected: null } });
    expect((await askWeb(site)).status).toBe(200);
  });
});
