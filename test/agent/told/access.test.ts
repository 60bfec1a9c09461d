import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { connectTo, request } from '../../support/http/connection.ts';
import { createAgentWorld, givenTold } from '../../support/agent/told.ts';

const paths = ['/', '/events', '/status', '/config', '/metrics', '/healthz', '/readyz', '/other'];

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

describe('the admin listener with a token', () => {
  const token = new Secret('s3cret:of-the-admin');
  const given = () => givenTold({ admin: { token } });

  it('answers whoever has it, as Bearer or as a password', async () => {
    const { admin } = await given();
    for (const authorization of [
      `Bearer ${token.reveal()}`,
      `bearer ${token.reveal()}`,
      basic('', token.reveal()),
      basic('anybody', token.reveal()),
    ]) {
      expect((await fetch(`${admin}/status`, { headers: { authorization } })).status).toBe(200);
    }
  });

  it('asks everybody else for it, at every path', async () => {
    const { admin } = await given();
    for (const path of paths) {
      const answer = await fetch(admin + path);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
      expect(await answer.text()).not.toContain(token.reveal());
    }
    for (const authorization of [
      'Bearer',
      'Bearer ',
      'Bearer x',
      `Bearer ${token.reveal()}x`,
      `Bearer ${token.reveal().slice(0, -1)}`,
      `Bearer x ${token.reveal()}`,
      `Token ${token.reveal()}`,
      token.reveal(),
      basic(token.reveal(), ''),
      basic('user', `${token.reveal()} `),
      'Basic !!!',
      `Basic ${Buffer.from(token.reveal().replace(':', '')).toString('base64')}`,
    ]) {
      expect((await fetch(`${admin}/status`, { headers: { authorization } })).status).toBe(401);
    }
  });

  it('answers to any name', async () => {
    const { told } = await given();
    const lines = [`Authorization: Bearer ${token.reveal()}`];
    expect(await statusFor(told.adminPort, 'agent.example', lines)).toBe(200);
  });
});

describe('the admin listener without a token', () => {
  it('answers to names of this machine alone', async () => {
    const { told } = await givenTold();
    for (const host of ['localhost', 'localhost:9091', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:80', '[::1]']) {
      expect(await statusFor(told.adminPort, host)).toBe(200);
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      'localhost.',
      '127.0.0.1.nip.io:9091',
      '127.0.0.2',
      '[::2]',
      '10.0.0.1:9091',
    ]) {
      for (const path of paths) expect(await statusFor(told.adminPort, host, [], path)).toBe(403);
    }
  });

  it('answers nobody who does not say whom he asks', async () => {
    const { told } = await givenTold();
    const connection = await connectTo(told.adminPort ?? 0);
    connection.send('GET /status HTTP/1.0\r\n\r\n');
    await connection.ended;
    expect(connection.received.toString()).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('other origins', () => {
  it('are refused, whatever the browser knows', async () => {
    const token = new Secret('token');
    const { told } = await givenTold({ admin: { token } });
    const own = ['Authorization: Bearer token'];
    const status = (...lines: string[]) => statusFor(told.adminPort, 'agent.example', [...own, ...lines]);
    expect(await status('Origin: https://evil.example')).toBe(403);
    expect(await status('Origin: null')).toBe(403);
    expect(await status('Origin: http://agent.example.evil.example')).toBe(403);
    expect(await status('Sec-Fetch-Site: cross-site')).toBe(403);
    expect(await status('Sec-Fetch-Site: same-site')).toBe(403);
    expect(await status('Origin: http://agent.example')).toBe(200);
    expect(await status('Origin: https://agent.example')).toBe(200);
    expect(await status('Sec-Fetch-Site: same-origin')).toBe(200);
    expect(await status('Sec-Fetch-Site: none')).toBe(200);
  });

  it('are told nothing of what they could have read', async () => {
    const { admin } = await givenTold();
    const answer = await fetch(`${admin}/status`);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('what the admin listener may be asked', () => {
  it('is GET and HEAD', async () => {
    const { admin } = await givenTold();
    for (const path of paths) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await fetch(admin + path, { method });
        expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      }
    }
    for (const path of ['/', '/events', '/status', '/metrics', '/healthz', '/readyz']) {
      const head = await fetch(admin + path, { method: 'HEAD' });
      expect([path, head.status, await head.text()]).toEqual([path, 200, '']);
    }
    expect((await fetch(`${admin}/other`)).status).toBe(404);
  });

  it('is answered with what keeps it here', async () => {
    const world = createAgentWorld();
    const { admin } = await givenTold({ world, admin: { token: new Secret('token') } });
    for (const authorization of ['Bearer token', 'Bearer other']) {
      for (const path of ['/', '/status', '/metrics', '/other']) {
        const { headers } = await fetch(admin + path, { headers: { authorization } });
        expect(headers.get('cache-control')).toBe('no-store');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('referrer-policy')).toBe('no-referrer');
      }
    }
  });
});

async function statusFor(
  port: number | undefined,
  host: string,
  lines: readonly string[] = [],
  path = '/status',
): Promise<number> {
  const connection = await connectTo(port ?? 0);
  connection.send(request(path, host, lines));
  const { status } = await connection.answer();
  connection.destroy();
  return status;
}
