import { expect, it } from 'vitest';
import { forwardedHeaders } from '../../../src/proxy/forward/headers.ts';

const additions = {
  authority: 'Shop.example:8080',
  peer: '10.0.0.1',
  trusted: false,
  traceId: 'Root=1-6955b900-0a1b2c3d000040008000abcd',
  bodyBytes: 0,
  port: 8080,
  secure: false,
};

const client = ['X-Forwarded-For', '1.2.3.4', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Port', '443'];

it('adds host, trace and where the request came from', () => {
  expect(forwardedHeaders(['Accept', 'a', 'ACCEPT', 'b'], additions)).toEqual([
    ['host', 'Shop.example:8080'],
    ['accept', 'a'],
    ['accept', 'b'],
    ['x-amzn-trace-id', additions.traceId],
    ['x-forwarded-for', '10.0.0.1'],
    ['x-forwarded-port', '8080'],
    ['x-forwarded-proto', 'http'],
  ]);
});

it('appends the peer to what the client sent, and replaces protocol and port', () => {
  const headers = Object.fromEntries(forwardedHeaders(client, { ...additions, secure: true, port: 8443 }));
  expect(headers).toMatchObject({
    'x-forwarded-for': '1.2.3.4, 10.0.0.1',
    'x-forwarded-port': '8443',
    'x-forwarded-proto': 'https',
  });
});

it('keeps protocol and port of a trusted proxy', () => {
  const headers = Object.fromEntries(forwardedHeaders(client, { ...additions, trusted: true }));
  expect(headers).toMatchObject({
    'x-forwarded-for': '1.2.3.4, 10.0.0.1',
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  });
  expect(Object.fromEntries(forwardedHeaders([], { ...additions, trusted: true }))).toMatchObject({
    'x-forwarded-port': '8080',
    'x-forwarded-proto': 'http',
  });
});

it.each([
  ['443,80', 'https,http'],
  ['https', '443'],
  ['0', ''],
  ['65536', ''],
  ['-1', 'a b'],
  ['443 ', '"https"'],
])('says port and protocol itself where a trusted proxy says %j and %j', (port, proto) => {
  const raw = ['X-Forwarded-Port', port, 'X-Forwarded-Proto', proto];
  expect(Object.fromEntries(forwardedHeaders(raw, { ...additions, trusted: true }))).toMatchObject({
    'x-forwarded-port': '8080',
    'x-forwarded-proto': 'http',
  });
});

it('leaves out what concerns one connection, and says the length of the body that arrived', () => {
  const raw = ['Connection', 'close, X-Own', 'X-Own', '1', 'TE', 'trailers', 'Expect', '100-continue'];
  const body = ['Transfer-Encoding', 'chunked', 'Content-Length', '99', 'Host', 'other'];
  const names = forwardedHeaders([...raw, ...body], { ...additions, authority: undefined, bodyBytes: 3 });
  expect(names.slice(0, -4)).toEqual([['content-length', '3']]);
});
