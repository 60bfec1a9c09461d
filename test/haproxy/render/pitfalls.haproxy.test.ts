import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../../src/haproxy/model.ts';
import { render } from '../../../src/haproxy/render.ts';
import { type Echo, type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { linesOf } from '../../support/haproxy/file.ts';
import { configuration, fieldsRefused, serversOf, service } from '../../support/haproxy/models.ts';
import { ask } from '../../support/haproxy/requests.ts';
import { startHaproxy } from '../../support/haproxy/server.ts';

/** What generators of HAProxy files are known to get wrong, each as the behaviour that is right. */
let first: EchoServer;
let second: EchoServer;
beforeAll(async () => {
  [first, second] = await Promise.all([startEchoServer('first'), startEchoServer('second')]);
});
afterAll(() => Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]));

describe('the text', () => {
  const server = { id: 'a', address: '10.0.0.1', port: 80 };
  const refused = (parts: Partial<Service>, name = 'x'): string[] =>
    fieldsRefused(configuration({ services: [service(name, parts.routes ?? [], parts)] }));

  it('ends with a newline, with services and without', () => {
    expect(render(configuration())).toMatch(/[^\n]\n$/);
    expect(render(configuration({ services: [service('x', [{}], { servers: [server] })] }))).toMatch(
      /[^\n]\n$/,
    );
  });

  it('holds no line that a predicate, name, cookie, id or address smuggled in', () => {
    const evil = 'a\n    http-request redirect location http://evil/';
    expect(refused({ routes: [{ host: evil, strip: false, tls: false }] })).toEqual([
      'services[0].routes[0].host',
    ]);
    expect(refused({ routes: [{ path: `/${evil}`, strip: false, tls: false }] })).toEqual([
      'services[0].routes[0].path',
    ]);
    expect(refused({}, evil)).toEqual(['services[0].name']);
    expect(refused({ cookie: evil })).toEqual(['services[0].cookie']);
    expect(refused({ check: `/${evil}` })).toEqual(['services[0].check']);
    expect(refused({ servers: [{ ...server, id: evil }] })).toEqual(['services[0].servers[0].id']);
    expect(refused({ servers: [{ ...server, address: evil }] })).toEqual(['services[0].servers[0].address']);
  });

  it('holds no HTML: an ampersand is refused, not escaped', () => {
    expect(refused({ routes: [{ host: 'a&b', strip: false, tls: false }] })).toEqual([
      'services[0].routes[0].host',
    ]);
  });

  it('never holds a server without a port or address', () => {
    expect(refused({ servers: [{ ...server, port: Number.NaN }] })).toEqual(['services[0].servers[0].port']);
    expect(refused({ servers: [{ ...server, address: 'undefined:undefined' }] })).toEqual([
      'services[0].servers[0].address',
    ]);
    expect(refused({ servers: [{ ...server, address: '' }] })).toEqual(['services[0].servers[0].address']);
  });

  it('never holds one backend or one server twice', () => {
    const twice = [service('x', [{ host: 'a' }]), service('y', [{ host: 'a' }])];
    expect(fieldsRefused(configuration({ services: twice }))).toEqual(['services[1].routes[0]']);
    expect(refused({ servers: [server, { ...server, address: '10.0.0.2' }] })).toEqual([
      'services[0].servers[1].id',
    ]);
  });

  it('keeps a client on its kept connection and does not cut WebSockets', () => {
    const defaults = linesOf(render(configuration()), 'defaults');
    expect(defaults).toEqual(expect.arrayContaining(['option http-keep-alive', 'timeout tunnel 3600s']));
    expect(defaults.join('\n')).not.toMatch(/httpclose|http-server-close/);
  });

  it('gives every server a cookie value of its own', () => {
    const servers = [server, { ...server, id: 'b' }, { ...server, id: 'c' }];
    const text = render(
      configuration({
        services: [
          service('x', [{}], { cookie: 'SID', servers }),
          service('y', [{ host: 'y' }], { cookie: 'SID', servers }),
        ],
      }),
    );
    const values = [...text.matchAll(/ server .* cookie (\w+)/g)].map(([, value]) => value);
    expect(new Set(values).size).toBe(6);
  });

  it('leaves user, group, chroot and daemon to whoever starts HAProxy', () => {
    expect(render(configuration())).not.toMatch(/\b(user|group|chroot|daemon)\b/);
  });
});

describe('a request', () => {
  /** Which server answers, or the status of HAProxy's own answer. */
  async function answers(
    services: Service[],
    host: string,
    path = '/',
    form?: 'HTTP/2' | 'absolute-form',
  ): Promise<string> {
    const [http = 0] = await freePorts(1);
    await using _haproxy = await startHaproxy(render(configuration({ port: http, services })), http);
    const { status, body } = await ask({ ports: { http }, host, path, ...(form && { form }) });
    return status === 200 ? (JSON.parse(body) as Echo).server : String(status);
  }
  const byHost = (host: string): Service => service('host', [{ host }], { servers: serversOf(first) });
  const byPath = (path: string): Service => service('path', [{ path }], { servers: serversOf(second) });

  it('finds its host although it names a port', async () => {
    expect(await answers([byHost('a.example')], 'a.example:8080')).toBe('first');
  });

  it('finds its path on HTTP/2 and in absolute form', async () => {
    expect(await answers([byPath('/svc')], 'any', '/svc', 'HTTP/2')).toBe('second');
    expect(await answers([byPath('/svc')], 'any', '/svc', 'absolute-form')).toBe('second');
  });

  it('is not taken by a path that is the beginning of another word', async () => {
    expect(await answers([byPath('/svc')], 'any', '/svcother')).toBe('404');
  });

  it('goes to the longer path, whatever the order of the services', async () => {
    const services = [byPath('/a/b'), service('short', [{ path: '/a' }], { servers: serversOf(first) })];
    expect(await answers(services, 'any', '/a/b/c')).toBe('second');
    expect(await answers(services.toReversed(), 'any', '/a/b/c')).toBe('second');
  });

  it('is not taken by a host that another only ends or begins with', async () => {
    expect(await answers([byHost('a.example')], 'v2.a.example')).toBe('404');
    expect(await answers([byHost('a.example')], 'a.example.evil.net')).toBe('404');
  });

  it('for an unknown host is answered by 404, not by a redirect or 503', async () => {
    expect(await answers([byHost('a.example')], 'other.example')).toBe('404');
  });

  it('for a service without servers is answered by 503, by no other service', async () => {
    expect(
      await answers(
        [service('empty', [{ host: 'a.example', path: '/x' }]), byHost('a.example')],
        'a.example',
        '/x',
      ),
    ).toBe('503');
  });

  it('reaches a service that is called like an administrators’ page', async () => {
    const services = ['stats', 'metrics'].map((name) =>
      service(name, [{ path: `/${name}` }], { servers: serversOf(first) }),
    );
    expect(await answers(services, 'any', '/stats')).toBe('first');
    expect(await answers(services, 'any', '/metrics')).toBe('first');
  });
});
