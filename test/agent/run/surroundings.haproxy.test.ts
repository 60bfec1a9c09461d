import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { buildAgent } from '../../support/agent/process.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { showsWeb, useFileSite } from '../../support/agent/file-site.ts';
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

describe('the agent among others', () => {
  it('refuses a folder that another agent has, and takes over that of one that was killed', async () => {
    const site = await useFileSite(built, one);
    const first = site.start();
    await showsWeb(first);
    const [health = 0, admin = 0] = await freePorts(2);
    const second = site.start({ HEALTH_BIND: `127.0.0.1:${health}`, ADMIN_BIND: `127.0.0.1:${admin}` });
    expect(await second.ended).toBe(73);
    expect(JSON.stringify(second.said)).toContain('Another agent runs with this folder');
    first.child.kill('SIGKILL');
    await first.ended;
    await site.serve(one, two);
    const third = site.start();
    const { haproxy } = await showsWeb(third, 2);
    expect(haproxy.reloads).toBe(0);
    third.child.kill('SIGTERM');
    expect(await third.ended).toBe(0);
  });
});

describe('secrets', () => {
  const secrets = { PROM_PASSWD: 'prom-secret', STATS_PASSWD: 'stats-secret' };

  it('are in no page, line, process or difference, although a change of them is one', async () => {
    const site = await useFileSite(built, one);
    const agent = site.start(secrets);
    await showsWeb(agent);
    const page = async (path: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${site.ports.admin}${path}`)).text();
    const diff = async (env: Record<string, string>, ...words: readonly string[]) => {
      const { ended, lines } = startProgram(built, ['diff', ...words, site.file], env);
      return {
        code: await ended,
        text: textOf(lines),
      };
    };
    expect(await diff(secrets)).toMatchObject({ code: 0 });
    const other = { ...secrets, PROM_PASSWD: 'other-secret' };
    const { code, text } = await diff(other);
    expect(code).toBe(2);
    expect(text).toContain('userlist ul_metrics\n  - user stats password ***\n  + user stats password ***\n');
    const shown = [
      text,
      (await diff(other, '--json')).text,
      (await diff({})).text,
      await page('/config'),
      await page('/status'),
      await page('/metrics'),
      JSON.stringify(agent.said),
      (await promisify(execFile)('ps', ['axww', '-o', 'args'])).stdout,
    ];
    for (const secret of [...Object.values(other), 'prom-secret', '$5$'])
      expect(shown.filter((one) => one.includes(secret))).toEqual([]);
  });
});
