import { expect, it } from 'vitest';
import { proxyChapter } from '../../src/sandbox/proxy-demo.ts';

it('shows functions that answer plain HTTP by host and path, and what the proxy writes', async () => {
  const asked: [string, readonly string[]][] = [];
  const logged: Record<string, unknown>[] = [];
  let file = '';
  await proxyChapter({
    onStep: () => {},
    onConfigured: (text) => (file = text),
    onAsked: (request, answer) => asked.push([request.replace(/:\d+\//, ':PORT/'), answer]),
    onLogged: (line) => logged.push(JSON.parse(line) as Record<string, unknown>),
  });
  expect(file).toContain('hostname: echo.example.com');
  expect(asked).toEqual([
    [
      `curl -i -H 'Host: echo.example.com' -b 'a=1; b="two"' 'http://127.0.0.1:PORT/a%2Fb?c=d'`,
      [
        'HTTP/1.1 200',
        'set-cookie: visited=yes; Path=/',
        'set-cookie: theme=dark; Path=/; HttpOnly',
        '{"rawPath":"/a%2Fb","rawQueryString":"c=d","cookies":["a=1","b=\\"two\\""],"domainName":"echo.example.com"}',
      ],
    ],
    [
      "curl -i -H 'Host: shop.example.com' 'http://127.0.0.1:PORT/'",
      ['HTTP/1.1 200', 'three', 'two', 'one', 'lift-off'],
    ],
    [
      "curl -i -H 'Host: shop.example.com' 'http://127.0.0.1:PORT/pictures/grey.png'",
      ['HTTP/1.1 200', 'content-type: image/png', expect.stringMatching(/^\d+ bytes, .* 89504e470d0a1a0a$/)],
    ],
    [
      "curl -i -H 'Host: unknown.example.com' 'http://127.0.0.1:PORT/'",
      ['HTTP/1.1 404', '{"message":"Not Found"}'],
    ],
  ]);
  expect(logged.map(({ host, path, status, error }) => ({ host, path, status, error }))).toEqual([
    { host: 'echo.example.com', path: '/a%2Fb', status: 200, error: undefined },
    { host: 'shop.example.com', path: '/', status: 200, error: undefined },
    { host: 'shop.example.com', path: '/pictures/grey.png', status: 200, error: undefined },
    { host: 'unknown.example.com', path: '/', status: 404, error: 'no_route' },
  ]);
});
