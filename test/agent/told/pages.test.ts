import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contentPolicy } from '../../../src/agent/told/http/content-policy.ts';
import { passwordHash } from '../../../src/haproxy/password-hash.ts';
import { connectTo, request } from '../../support/http/connection.ts';
import {
  createAgentWorld,
  givenTold,
  modelOf,
  serverKey,
  serverOf,
  serviceNamed,
} from '../../support/agent/told.ts';

async function givenFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'told-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

function sha256(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

describe('the page', () => {
  it('is answered with a policy that lets its own text run, and nothing else', async () => {
    const html = '<!doctype html><style>p{}</style><script type="module">go()\n</script>';
    const { admin } = await givenTold({ html });
    const answer = await fetch(admin);
    expect(await answer.text()).toBe(html);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
    expect(answer.headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${sha256('go()\n')}`,
      `style-src ${sha256('p{}')}`,
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]);
  });

  it('may have several scripts, or none', () => {
    expect(contentPolicy('<script>a</script>\n<SCRIPT>b</SCRIPT>')).toContain(
      `script-src ${sha256('a')} ${sha256('b')}; style-src 'none'`,
    );
  });
});

describe('/status', () => {
  it('is compressed for whoever takes it', async () => {
    const { told, admin } = await givenTold();
    const plain: unknown = await (
      await fetch(`${admin}/status`, { headers: { 'accept-encoding': '' } })
    ).json();
    const connection = await connectTo(told.adminPort ?? 0);
    for (const [accepted, isCompressed] of [
      ['gzip', true],
      ['br, GZIP;q=0.5', true],
      ['br', false],
      ['gzip;q=0, br', false],
    ] as const) {
      connection.send(request('/status', 'localhost', [`Accept-Encoding: ${accepted}`]));
      const answer = await connection.answer();
      expect([accepted, answer.header('content-encoding')]).toEqual([
        accepted,
        isCompressed ? 'gzip' : undefined,
      ]);
      expect(answer.header('content-type')).toBe('application/json');
      const body = isCompressed ? gunzipSync(answer.body) : answer.body;
      expect(JSON.parse(body.toString())).toEqual(plain);
    }
    connection.destroy();
  });

  it('asks HAProxy for its servers once a second', async () => {
    const { admin, clock, world } = await givenTold();
    for (let time = 0; time < 5; time += 1) await (await fetch(`${admin}/status`)).json();
    expect(world.asked.servers).toBe(1);
    await clock.advance(1000);
    await (await fetch(`${admin}/status`)).json();
    expect(world.asked.servers).toBe(2);
  });

  it('tells of 5,000 services', async () => {
    const world = createAgentWorld();
    const names = Array.from({ length: 5000 }, (_, at) => `service-${at}`);
    world.model = modelOf(
      names.map((name) => serviceNamed(name)),
      Object.fromEntries(names.map((name) => [name, [serverOf(name, 'a'), serverOf(name, 'b')]])),
    );
    world.servers = new Map(names.map((name) => [serverKey(name, 'b'), { state: 'up', health: 'L4OK' }]));
    const { admin } = await givenTold({ world });
    const { services } = (await (await fetch(`${admin}/status`)).json()) as { services: unknown[] };
    expect(services).toHaveLength(5000);
    expect(services.at(-1)).toMatchObject({
      name: 'service-4999',
      servers: [
        { id: 'a', state: 'checking' },
        { id: 'b', state: 'up' },
      ],
    });
  });
});

describe('/config', () => {
  it('shows the file that is applied, without its secrets', async () => {
    const hash = passwordHash('of-the-pages', 'salt');
    const configFile = join(await givenFolder(), 'haproxy.cfg');
    await writeFile(configFile, `userlist ul\n  user stats password ${hash}\nbackend be_web\n`);
    const { admin } = await givenTold({ configFile });
    const answer = await fetch(`${admin}/config`);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('userlist ul\n  user stats password ***\nbackend be_web\n');
  });

  it('is missing until there is one', async () => {
    const { admin } = await givenTold({ configFile: join(await givenFolder(), 'haproxy.cfg') });
    expect((await fetch(`${admin}/config`)).status).toBe(404);
  });

  it('tells nothing of why it cannot be read, but in the log', async () => {
    const { admin, log } = await givenTold({ configFile: await givenFolder() });
    const answer = await fetch(`${admin}/config`);
    expect([answer.status, await answer.text()]).toEqual([500, 'internal error\n']);
    expect(log.at(-1)).toMatchObject({ level: 'error', msg: 'defect' });
  });
});

describe('the listeners', () => {
  it('take the token from its file', async () => {
    const tokenFile = join(await givenFolder(), 'token');
    await writeFile(tokenFile, 'from-the-file\n');
    const { admin } = await givenTold({ admin: { tokenFile } });
    const headers = { authorization: 'Bearer from-the-file' };
    expect((await fetch(`${admin}/status`, { headers })).status).toBe(200);
    expect((await fetch(`${admin}/status`)).status).toBe(401);
  });

  it('do not begin without the file of the token', async () => {
    const tokenFile = join(await givenFolder(), 'token');
    await expect(givenTold({ admin: { tokenFile } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('admin.token_file') as string,
    });
  });

  it('say which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    await expect(givenTold({ admin: { bind: { address: '127.0.0.1', port } } })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
    });
  });
});
