import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createLogger } from '../core/logger.ts';
import { startApp } from '../proxy/app.ts';
import { readProxyConfig } from '../proxy/config.ts';
import { startEmulator } from './emulator/emulator.ts';

/** What happens in the chapter, as it happens. */
export interface ProxyChapterOptions {
  onStep(title: string): void;
  /** The proxy was started with this file. */
  onConfigured(file: string): void;
  /** A request was answered with these lines. */
  onAsked(request: string, answer: readonly string[]): void;
  /** The proxy wrote a line about requests. */
  onLogged(line: string): void;
}

/**
 * The proxy at work on this machine: three functions in emulators, and a proxy that makes them answer plain HTTP by host
 * and path. Nothing outlives it.
 */
export async function proxyChapter(options: ProxyChapterOptions): Promise<void> {
  await using echo = await startEmulator(() => import('./emulator/functions/echo.ts'));
  await using countdown = await startEmulator(() => import('./emulator/functions/countdown.ts'));
  await using picture = await startEmulator(() => import('./emulator/functions/picture.ts'));
  const file = fileFor({ echo: echo.url, countdown: countdown.url, picture: picture.url });
  const lines: string[] = [];
  const app = await startApp(readProxyConfig(file, 'lrp.yaml', {}).config, {
    env: {},
    logger: createLogger('silent'),
    accessLog: { write: (line) => lines.push(line.trimEnd()) },
  });
  try {
    options.onStep('Three functions run in emulators, and a proxy leads to them');
    options.onConfigured(file);
    await tellStory(options, app.port);
  } finally {
    await app.stop();
  }
  options.onStep('What the proxy wrote about them');
  lines.forEach((line) => options.onLogged(line));
}

function fileFor(endpoints: Readonly<Record<'echo' | 'countdown' | 'picture', string>>): string {
  return `host: 127.0.0.1
port: 0
local:
  - hostname: echo.example.com
    endpoint: ${endpoints.echo}
  - hostname: shop.example.com
    endpoint: ${endpoints.countdown}
  - hostname: shop.example.com
    path_prefix: /pictures
    endpoint: ${endpoints.picture}
`;
}

async function tellStory(options: ProxyChapterOptions, port: number): Promise<void> {
  const ask = async (asked: Asked, show: (answer: Answer) => string[]): Promise<void> => {
    const answer = await answerTo(port, asked);
    options.onAsked(commandFor(port, asked), [`HTTP/1.1 ${answer.status}`, ...show(answer)]);
  };
  options.onStep('A function sees the request as it was sent, and sets two cookies');
  const cookie = 'a=1; b="two"';
  await ask({ host: 'echo.example.com', path: '/a%2Fb?c=d', cookie }, (answer) => [
    ...answer.cookies.map((line) => `set-cookie: ${line}`),
    shownEvent(answer.body),
  ]);
  options.onStep('Hosts and paths lead to functions: one streams text, one answers the bytes of a picture');
  await ask({ host: 'shop.example.com', path: '/' }, ({ body }) => body.toString().trimEnd().split('\n'));
  await ask({ host: 'shop.example.com', path: '/pictures/grey.png' }, ({ type, body }) => [
    `content-type: ${type}`,
    `${body.length} bytes, which begin with ${body.toString('hex', 0, 8)}`,
  ]);
  options.onStep('No route leads to other hosts');
  await ask({ host: 'unknown.example.com', path: '/' }, ({ body }) => [body.toString()]);
}

interface Asked {
  readonly host: string;
  readonly path: string;
  readonly cookie?: string;
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** The same request for a shell. */
function commandFor(port: number, { host, path, cookie }: Asked): string {
  const cookies = cookie === undefined ? '' : ` -b '${cookie}'`;
  return `curl -i -H 'Host: ${host}'${cookies} 'http://127.0.0.1:${port}${path}'`;
}

async function answerTo(port: number, { host, path, cookie }: Asked): Promise<Answer> {
  const headers = { host, ...(cookie === undefined ? {} : { cookie }) };
  const call = request({ host: '127.0.0.1', port, path, headers, agent: false }).end();
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const { statusCode: status, headers: given } = answer;
  return {
    status,
    type: given['content-type'],
    cookies: given['set-cookie'] ?? [],
    body: await buffer(answer),
  };
}

/** What tells most of the event that came back. */
function shownEvent(body: Buffer): string {
  const { rawPath, rawQueryString, cookies, requestContext } = JSON.parse(body.toString()) as {
    readonly [member: string]: unknown;
    readonly requestContext: { readonly domainName: string };
  };
  return JSON.stringify({ rawPath, rawQueryString, cookies, domainName: requestContext.domainName });
}
