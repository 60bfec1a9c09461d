import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAgent } from '../../support/agent/process.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { askWeb, useFileSite } from '../../support/agent/file-site.ts';
import { startLoad } from '../../support/http/load.ts';
import { type BuiltProgram, startProgram, textOf } from '../../support/program-process.ts';

let built: BuiltProgram;
let one: EchoServer;
let two: EchoServer;

beforeAll(async () => {
  built = await buildAgent();
  one = await startEchoServer('one');
  two = await startEchoServer('two');
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await built.remove();
});

describe('the agent as a process', () => {
  it('serves, follows its source without a reload, and ends with its HAProxy', async () => {
    const site = await useFileSite(built, one);
    const agent = site.start();
    const begun = await agent.shows('one server', ({ services: [web] }) => web?.servers[0]?.state === 'up');
    expect(begun.haproxy).toMatchObject({ up: true, mode: 'start', reloads: 0 });
    expect(await askWeb(site)).toMatchObject({ status: 200 });
    await site.serve(one, two);
    const after = await agent.shows(
      'two servers',
      ({ services: [web], config }) => web?.servers.length === 2 && !config.pending,
    );
    expect(after.haproxy).toMatchObject({ reloads: 0, pid: begun.haproxy.pid });
    expect(after.changes[0]).toMatchObject({ how: 'runtime', service: 'web' });
    expect(await agent.health()).toMatchObject({ status: 200 });
    expect(await agent.health('/readyz')).toMatchObject({ status: 200 });
    agent.child.kill('SIGTERM');
    expect(await agent.ended).toBe(0);
    await expect(askWeb(site)).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves HAProxy serving when it is killed, and takes it over without a reload', async () => {
    const site = await useFileSite(built, one);
    const first = site.start();
    const { haproxy } = await first.shows(
      'the service',
      ({ services: [web] }) => web?.servers[0]?.state === 'up',
    );
    const load = startLoad(site.ports.http, 'web.example.com');
    first.child.kill('SIGKILL');
    await first.ended;
    await site.serve(one, two);
    const second = site.start();
    const after = await second.shows(
      'two servers',
      ({ services: [web] }) => web?.servers.every(({ state }) => state === 'up') && web.servers.length === 2,
    );
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(after.haproxy).toMatchObject({ pid: haproxy.pid, reloads: 0 });
  });

  it('reads its file anew on SIGHUP, and keeps everything when that is bad', async () => {
    const site = await useFileSite(built, one);
    const agent = site.start();
    await agent.shows('the service', ({ services: [web] }) => web?.servers[0]?.state === 'up');
    const source = `sources: { file: { path: ${site.services} } }\n`;
    await site.write(`${source}services: { web: { snippet: ["http-response set-header x-seen yes"] } }\n`);
    agent.child.kill('SIGHUP');
    await agent.shows('a reload', ({ haproxy }) => haproxy.reloads === 1);
    expect((await askWeb(site)).headers['x-seen']).toBe('yes');
    await site.write(`${source}apply: { drain: soon }\nlambda: { check: off, proxi: [] }\n`);
    agent.child.kill('SIGHUP');
    expect(JSON.stringify(await agent.says('not reloaded'))).toContain('apply.drain');
    await site.write(`${source}services: { web: { snippet: ["no such keyword"] } }\n`);
    agent.child.kill('SIGHUP');
    const { config } = await agent.shows('a rejection', ({ config }) => config.rejected);
    expect(config.rejected?.error).toContain('no');
    expect((await askWeb(site)).headers['x-seen']).toBe('yes');
    await site.write(source);
    agent.child.kill('SIGHUP');
    await agent.shows(
      'that nothing is rejected',
      ({ config, haproxy }) => !config.rejected && haproxy.reloads === 2,
    );
    expect((await askWeb(site)).headers['x-seen']).toBeUndefined();
  });

  it('leaves a HAProxy that serves alone where a push cannot be signed, at its start and on SIGHUP', async () => {
    const site = await useFileSite(built, one);
    const unsigned = 'push: { url: "http://127.0.0.1:9", table: t }\n';
    const first = site.start();
    await first.shows('the service', ({ services: [web] }) => web?.servers[0]?.state === 'up');
    await site.write(
      `${site.source}${unsigned}services: { web: { snippet: ["http-response set-header x-seen yes"] } }\n`,
    );
    first.child.kill('SIGHUP');
    expect(JSON.stringify(await first.says('not reloaded'))).toContain('push.url');
    await site.serve(one, two);
    const { haproxy } = await first.shows(
      'two servers',
      ({ services: [web], config }) => web?.servers.length === 2 && !config.pending,
    );
    expect(haproxy.reloads).toBe(0);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = site.start();
    expect(await second.ended).toBe(78);
    expect(JSON.stringify(second.said)).toContain('push.url');
    expect(await askWeb(site)).toMatchObject({ status: 200 });
  });

  it('tells of bad files, folders, ports and binaries by its exit code, and starts no HAProxy then', async () => {
    const site = await useFileSite(built, one);
    const end = async (args: readonly string[], env: Record<string, string> = {}) => {
      const { ended, said } = startProgram(built, args, env);
      return { code: await ended, said: JSON.stringify(said) };
    };
    expect(await end(['one.yaml', 'two.yaml'])).toMatchObject({ code: 64 });
    expect(await end([`${site.folder}/none.yaml`])).toMatchObject({ code: 66 });
    expect(await end([site.file], { HAPROXY_BIN: '/no/haproxy' })).toMatchObject({ code: 69 });
    expect(await end([site.file], { STATE_DIRECTORY: `${site.file}/below` })).toMatchObject({ code: 73 });
    const bad = await end([site.file], { REFRESH_RATE: 'often', HEALTH_BIND: 'here', BIND: ':0' });
    expect(bad.code).toBe(78);
    for (const name of ['HEALTH_BIND', 'BIND']) expect(bad.said).toContain(`${name}: `);
    const taken = createServer().listen(site.ports.health, '127.0.0.1');
    await once(taken, 'listening');
    expect(await end([site.file])).toMatchObject({ code: 1 });
    await once(taken.close(), 'close');
    await expect(askWeb(site)).rejects.toThrow('ECONNREFUSED');
  });

  it('prints what it would apply where it applies nothing', async () => {
    const site = await useFileSite(built, one);
    const agent = site.start({ APPLY_MODE: 'off' });
    await agent.shows('the service', ({ services: [web] }) => web?.name === 'web');
    const printed = (): string => agent.lines.map(({ text }) => text).join('\n');
    expect(printed()).toContain('backend r_web.example.com');
    await site.serve(one, two);
    await agent.shows('two servers', ({ services: [web] }) => web?.servers.length === 2);
    expect(printed().match(/^backend r_web/gm)).toHaveLength(2);
    expect(await agent.health()).toMatchObject({ status: 200 });
    await expect(askWeb(site)).rejects.toThrow('ECONNREFUSED');
  });

  it('says what would change, and prints a file that stands alone', async () => {
    const site = await useFileSite(built, one);
    const agent = site.start();
    await agent.shows('the service', ({ services: [web] }) => web?.servers[0]?.state === 'up');
    const preview = async (...args: readonly string[]) => {
      const { ended, lines } = startProgram(built, [...args, site.file]);
      const code = await ended;
      return { code, text: textOf(lines) };
    };
    expect(await preview('diff')).toEqual({ code: 0, text: 'Nothing would change.' });
    agent.child.kill('SIGKILL');
    await agent.ended;
    await site.serve(two);
    const { code, text } = await preview('diff');
    expect(code).toBe(2);
    expect(text).toContain('backend be_web');
    expect(text).toMatch(new RegExp(`^ {2}\\+ server s_two 127.0.0.1:${two.port} `, 'm'));
    expect(text).toContain('HAProxy would be changed while it runs.');
    expect(JSON.parse((await preview('diff', '--json')).text)).toMatchObject({
      sections: [
        {
          section: 'backend be_web',
          removed: [expect.stringContaining('s_one')],
          added: [expect.stringContaining('s_two')],
        },
      ],
    });
    const file = await preview('render');
    expect(file).toMatchObject({ code: 0, text: expect.stringContaining('r_web.example.com') });
    expect(file.text).not.toContain('.map');
  });
});
