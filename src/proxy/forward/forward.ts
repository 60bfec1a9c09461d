import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpAnswer, HttpRequest, Invoked } from '../../http/message.ts';
import type { Limits } from '../config.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Route } from '../routes/route.ts';
import { withoutPrefix } from '../routes/table.ts';
import type { Call, Cancellation, InvokedStream } from '../targets/target.ts';
import { type Asked, askedOf } from './asked.ts';
import { Exchange } from './exchange.ts';
import { forwardedHeaders } from './headers.ts';
import { type IsTrusted, peerAddress, sourceOf } from './peer.ts';
import { hasBody, readBody } from './read-body.ts';
import { sendAnswer, sendFailure } from './send.ts';
import { openStream, sendStream, type StreamedAnswer } from './stream.ts';

/** What requests are served by. */
export interface World {
  readonly limits: Limits;
  readonly isTrusted: IsTrusted;
  /** The route of a host and a path, as routes are at this moment. */
  match(host: string, path: string): Route | undefined;
  /** The answer to what the proxy itself is asked. */
  internalAnswer(method: string, path: string): HttpAnswer | undefined;
  /** Called once for each request, when its answer has been sent or given up. */
  ended(exchange: Exchange): void;
  /** Takes over a call that nobody waits for; it fails with a Failure. */
  goesOn(exchange: Exchange, call: Promise<unknown>): void;
}

/** Lambda's limit for an event, with what AWS's emulator grants besides. */
const largestEvent = 6 * 1024 * 1024 + 100;

/** Serves one request: finds its route, then reads its body, then invokes the function, then answers. */
export function forward(world: World, incoming: IncomingMessage, outgoing: ServerResponse): Exchange {
  const exchange = new Exchange(incoming, outgoing);
  incoming.on('error', toldByTheAnswer);
  let isSent = false;
  // Node says so too when a connection ended before it took everything.
  outgoing.on('finish', () => (isSent = !incoming.socket.destroyed));
  outgoing.on('close', () => {
    if (!isSent) exchange.cancel(clientClosed());
    exchange.failure ??= exchange.reason;
    world.ended(exchange);
  });
  const fail = (error: unknown): void => {
    exchange.failure = asFailure(error);
    sendFailure(exchange, exchange.failure, world.limits.idleTimeoutMs);
  };
  exchange.peer = peerAddress(incoming.socket);
  exchange.sourceIp = sourceOf(exchange.peer, incoming.headers['x-forwarded-for'], world.isTrusted);
  try {
    serve(world, exchange, askedOf(incoming)).catch(fail);
  } catch (error) {
    fail(error);
  }
  return exchange;
}

/** A connection that breaks closes the answer too, which is listened to. */
function toldByTheAnswer(): void {}

function clientClosed(): Failure {
  return new Failure('client_closed', 'the client closed the connection');
}

async function serve(world: World, exchange: Exchange, asked: Asked): Promise<void> {
  exchange.host = asked.host;
  exchange.path = asked.path;
  const own = world.internalAnswer(exchange.incoming.method ?? '', asked.path);
  if (own) {
    sendAnswer(exchange, own, world.limits.idleTimeoutMs);
    return;
  }
  const route = world.match(asked.host, asked.path);
  if (!route) throw new Failure('no_route', `no route leads to ${asked.host}${asked.path}`);
  exchange.route = route;
  const slowMs = world.limits.idleTimeoutMs;
  const late = (): void => exchange.cancel(new Failure('timeout', `no answer within ${route.timeoutMs} ms`));
  const deadline = setTimeout(late, route.timeoutMs);
  try {
    // Nothing holds a body that is in its event, so that large ones are held once while their functions run.
    const payload = hasBody(exchange.incoming)
      ? await readBody(exchange, world.limits).then((body) => payloadOf(world, exchange, route, asked, body))
      : payloadOf(world, exchange, route, asked, nothing);
    const call: Call = { payload, traceId: exchange.traceId, mode: route.invocation };
    const answer =
      call.mode === 'async'
        ? await accept(world, exchange, route, call)
        : await answerOf(exchange, route, await invoke(exchange, route, call, exchange));
    clearTimeout(deadline);
    if ('rest' in answer) await sendStream(exchange, answer, slowMs);
    else sendAnswer(exchange, answer, slowMs);
  } finally {
    clearTimeout(deadline);
  }
}

const nothing = Buffer.alloc(0);

function payloadOf(world: World, exchange: Exchange, route: Route, asked: Asked, body: Buffer): Buffer {
  const payload = route.format.encode(requestOf(world, exchange, route, asked, body));
  if (payload.length > largestEvent) throw new Failure('too_large', `the event has ${payload.length} bytes`);
  return payload;
}

function answerOf(
  exchange: Exchange,
  route: Route,
  invoked: Invoked | InvokedStream,
): HttpAnswer | Promise<StreamedAnswer | HttpAnswer> {
  return 'contentType' in invoked
    ? openStream(exchange, route.format, invoked)
    : decoded(exchange, route, invoked);
}

function requestOf(world: World, exchange: Exchange, route: Route, asked: Asked, body: Buffer): HttpRequest {
  const { incoming, peer, sourceIp, traceId, requestId } = exchange;
  return {
    method: incoming.method ?? 'GET',
    path: route.stripPrefix ? withoutPrefix(asked.path, route.pathPrefix) : asked.path,
    query: asked.query,
    protocol: `HTTP/${incoming.httpVersion}`,
    host: asked.host,
    headers: forwardedHeaders(incoming.rawHeaders, {
      authority: asked.authority,
      peer,
      trusted: world.isTrusted(peer),
      traceId,
      bodyBytes: body.length,
      port: incoming.socket.localPort ?? 0,
      secure: 'encrypted' in incoming.socket,
    }),
    sourceIp,
    requestId,
    time: Date.now(),
    chunked: incoming.headers['transfer-encoding'] !== undefined,
    body,
  };
}

/** Waits for a place and invokes; a call that did not reach one of several endpoints goes to the others. */
async function invoke(
  exchange: Exchange,
  { target }: Route,
  call: Call,
  cancellation: Cancellation,
  onQueued?: () => void,
): Promise<Invoked | InvokedStream> {
  const except: string[] = [];
  for (;;) {
    const asked = performance.now();
    const admission = target.slots.admit(cancellation, { except, onQueued });
    const slot = 'then' in admission ? await admission : admission;
    const admitted = performance.now();
    exchange.queueMs += admitted - asked;
    try {
      return await target.invoke(slot, call, cancellation);
    } catch (error) {
      except.push(slot.endpoint);
      const isUnreached = error instanceof Failure && error.kind === 'connect';
      if (!isUnreached || except.length === target.endpoints) throw error;
    } finally {
      exchange.invokeMs = performance.now() - admitted;
    }
  }
}

function decoded(exchange: Exchange, { format }: Route, invoked: Invoked): HttpAnswer {
  exchange.failure = functionFailure(invoked);
  if (exchange.failure && !format.passesFunctionErrors) throw exchange.failure;
  const answer = format.decode(invoked);
  if (!answer.ok) throw new Failure('bad_response', `the function's answer ${answer.problem}`);
  return answer.value;
}

function functionFailure({ functionError, payload }: Invoked): Failure | undefined {
  if (functionError === undefined) return undefined;
  return new Failure('function_error', payload.toString('utf8', 0, 2_000));
}

/** Nobody calls these off. */
const forGood: Cancellation = { cancelled: false, reason: undefined, onCancel: () => () => undefined };

/**
 * Hands over an event and does not wait for what becomes of it. AWS answers as soon as it has stored it; emulators run it
 * at once, so that a place in their queue is all there is to wait for.
 */
async function accept(world: World, exchange: Exchange, route: Route, call: Call): Promise<HttpAnswer> {
  if (route.target.runsEventsInline) {
    let onQueued = (): void => undefined;
    const isQueued = new Promise<void>((resolve) => (onQueued = resolve));
    const running = run(exchange, route, call, onQueued);
    await Promise.race([isQueued, running]);
    world.goesOn(exchange, running);
  } else await invoke(exchange, route, call, exchange);
  return { status: 202, headers: [], body: Buffer.alloc(0) };
}

/** Runs an event whose sender does not wait for it. */
async function run(exchange: Exchange, route: Route, call: Call, onQueued: () => void): Promise<void> {
  const invoked = await invoke(exchange, route, call, forGood, onQueued);
  const failure = 'functionError' in invoked ? functionFailure(invoked) : undefined;
  if (failure) throw failure;
}
