import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { getRequestListener } from '@hono/node-server';
import { getConnInfo as nodeConnInfo } from '@hono/node-server/conninfo';
import express from 'express';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Context, Hono } from 'hono';
import type { ConnInfo } from 'hono/conninfo';
import { valueLists } from '../../../src/http/pairs.ts';
import { type AppAnswer, answerFor, type Echo, echoAnswer } from './answers.ts';

/** The same application in Express: it answers what a path names, and echoes every other request. */
export function expressApp(): ReturnType<typeof express> {
  const app = express();
  app.use((request, response, next) => {
    const { originalUrl: url, path, query, ip } = request;
    const answerTo = (body: Buffer): AppAnswer =>
      answerFor(path) ?? echoAnswer({ ...seenIn(request, url, body), query, client: ip });
    buffer(request).then((body) => send(response, answerTo(body)), next);
  });
  return app;
}

/** In Fastify, which reads no body by itself here. */
export function fastifyApp(): FastifyInstance {
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: false } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];
  app.route({ method: methods, url: '*', handler: answerByFastify });
  return app;
}

function answerByFastify(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { url = '' } = request.raw;
  const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
  const echo = (): Echo => ({ ...seenIn(request.raw, url, body), query: request.query, client: request.ip });
  const answer = answerFor(url.split('?')[0] ?? '') ?? echoAnswer(echo());
  for (const [name, values] of Object.entries(valueLists(answer.headers))) {
    reply.header(name, values.length > 1 ? values : values[0]);
  }
  return reply.code(answer.status).send(answer.body.length === 0 ? undefined : Buffer.from(answer.body));
}

/** In Hono, told how to learn where a client is. */
export function honoApp(connInfo: (context: Context) => ConnInfo): Hono {
  const app = new Hono();
  app.all('*', async (context) => {
    const { raw } = context.req;
    const url = raw.url.replace(/^https?:\/\/[^/]*/, '');
    const echo: Echo = {
      method: raw.method,
      url,
      host: raw.headers.get('host') ?? undefined,
      query: context.req.queries(),
      cookie: raw.headers.get('cookie') ?? undefined,
      client: connInfo(context).remote.address,
      headers: Object.fromEntries(raw.headers),
      body: Buffer.from(await raw.arrayBuffer()).toString('hex'),
    };
    return responseOf(answerFor(url.split('?')[0] ?? '') ?? echoAnswer(echo));
  });
  return app;
}

/** Hono over Node's HTTP server. */
export function honoListener(): RequestListener {
  const app = honoApp(nodeConnInfo);
  const listener = getRequestListener(app.fetch);
  return (request, response) => void listener(request, response);
}

function seenIn(request: IncomingMessage, url: string, body: Buffer): Omit<Echo, 'query' | 'client'> {
  const { method = '', headers } = request;
  return { method, url, host: headers.host, cookie: headers.cookie, headers, body: body.toString('hex') };
}

function send(response: ServerResponse, { status, headers, body, isStreamed }: AppAnswer): void {
  response.statusCode = status;
  for (const [name, values] of Object.entries(valueLists(headers))) {
    response.setHeader(name, values.length > 1 ? values : (values[0] ?? ''));
  }
  // Node would write a head with the characters of a text that follows it.
  if (!isStreamed) return void response.end(Buffer.from(body));
  for (const letter of body.toString()) response.write(letter);
  response.end();
}

function responseOf({ status, headers, body, isStreamed }: AppAnswer): Response {
  const hasBody = body.length > 0 && ![204, 304].includes(status);
  const bytes = new Uint8Array(Buffer.from(body));
  const content = isStreamed ? new Blob([bytes]).stream() : bytes;
  return new Response(hasBody ? content : null, {
    status,
    headers: headers.map(([name, value]) => [name, value]),
  });
}
