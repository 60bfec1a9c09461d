import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeError, encodeResult, type HttpAnswer } from './answers.ts';
import { type ApiCall, ApiError, type Operation, type ServiceName } from './api.ts';
import { type EventBridgeEvent, eventsOf } from './cloudtrail.ts';
import { type Fault, type Faults, noFaults, refuse } from './faults.ts';
import { discovery } from './cloud-map/discovery.ts';
import { instances } from './cloud-map/instances.ts';
import { namespaces } from './cloud-map/namespaces.ts';
import { services as cloudMapServices } from './cloud-map/services.ts';
import { lambdaAliases } from './lambda/aliases.ts';
import { lambdaFunctions } from './lambda/functions.ts';
import { lambdaInvocations } from './lambda/invocations.ts';
import { lambdaTags } from './lambda/tags.ts';
import { type HttpRequest, keyOf, readCall, serviceOf } from './requests.ts';
import { ssm } from './ssm/parameters.ts';
import { sts } from './sts.ts';
import { tagging } from './tagging.ts';
import { emptyWorld, type World } from './world.ts';

export interface SandboxAwsOptions {
  /** Twelve digits. */
  account: string;
  region: string;
  /** On 127.0.0.1; a free one unless given. */
  port?: number;
}

/** Endpoints of the tagging API, Lambda, Parameter Store, STS and Cloud Map, on one port. */
export interface SandboxAws {
  url: string;
  world: World;
  faults: Faults;
  /** Hears what EventBridge would deliver after each successful change; returns how to stop hearing it. */
  onEvent(listener: (event: EventBridgeEvent) => void): () => void;
  close(): Promise<void>;
}

const services: Record<ServiceName, Readonly<Record<string, Operation>>> = {
  tagging,
  lambda: { ...lambdaFunctions, ...lambdaAliases, ...lambdaTags },
  ssm,
  sts,
  servicediscovery: { ...namespaces, ...cloudMapServices, ...instances, ...discovery },
};

/** What a zip of 50 MB comes to in base64, which is as much as Lambda takes. */
const maxBody = 70_000_000;

/** Starts AWS for one account and region: every credential is good, nothing is checked against IAM, no zip ever runs. */
export async function startSandboxAws(options: SandboxAwsOptions): Promise<SandboxAws> {
  const world = emptyWorld(options.account, options.region);
  const faults = noFaults();
  const listeners = new Set<(event: EventBridgeEvent) => void>();
  const emit = (event: EventBridgeEvent): void => listeners.forEach((listener) => listener(event));

  const server = createServer((request, response) => {
    serve(request, response, world, faults, emit).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    faults,
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  world: World,
  faults: Faults,
  emit: (event: EventBridgeEvent) => void,
): Promise<void> {
  let service: ServiceName | undefined;
  try {
    const request = await receive(incoming);
    service = serviceOf(request, world.region);
    if (faults.expiredKeys.has(keyOf(request))) {
      const message = 'The security token included in the request is expired';
      throw new ApiError('ExpiredTokenException', message, 403);
    }
    const call = readCall(service, request);
    const fault = faults.strike(call);
    if (faults.latencyMs > 0) await delay(faults.latencyMs);
    if (fault === 'hang') return;
    if (fault === 'drop') return void response.destroy();
    const answer = await perform(call, fault, world, faults, emit);
    if (fault === 'lose-answer') return void response.destroy();
    await send(response, await damaged(answer, fault));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await send(response, encodeError(service, error));
  }
}

async function perform(
  call: ApiCall,
  fault: Fault | undefined,
  world: World,
  { denied, staleIndex }: Faults,
  emit: (event: EventBridgeEvent) => void,
): Promise<HttpAnswer> {
  const invoke = call.service === 'lambda' ? lambdaInvocations[call.operation] : undefined;
  if (invoke !== undefined) {
    refuse(call, fault, denied);
    return invoke(call.input, world);
  }
  const operation = services[call.service][call.operation];
  if (operation === undefined) {
    throw new ApiError('UnknownOperationException', `The sandbox has no ${call.service} ${call.operation}`);
  }
  refuse(call, fault, denied);
  const result = operation({ world, call, staleIndex, denied, emptyPage: fault === 'empty-page' });
  eventsOf(world, call, result).forEach(emit);
  return encodeResult(call, result);
}

async function damaged(answer: HttpAnswer, fault: Fault | undefined): Promise<HttpAnswer> {
  if (fault !== 'truncate' && fault !== 'garble' && fault !== 'hollow') return answer;
  const body = await wholeBody(answer);
  if (fault === 'truncate') return { ...answer, body: body.subarray(0, body.length / 2) };
  if (fault === 'hollow') return { ...answer, body: body.length > 0 ? '{}' : body };
  const last = body.length - 1;
  return {
    ...answer,
    body: Buffer.concat([body.subarray(0, last), Buffer.from([~(body[last] ?? 0) & 0xff])]),
  };
}

async function wholeBody({ body }: HttpAnswer): Promise<Buffer> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return Buffer.from(body);
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

async function send(response: ServerResponse, { status, headers, body }: HttpAnswer): Promise<void> {
  response.writeHead(status, headers);
  if (typeof body === 'string' || Buffer.isBuffer(body)) response.end(body);
  // A caller who leaves in the middle is no fault of ours.
  else await pipeline(body, response).catch(() => {});
}

async function receive(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new ApiError('RequestEntityTooLargeException', 'The request is too large', 413);
    chunks.push(chunk);
  }
  const { method = '', url = '', headers } = incoming;
  return { method, url, headers, body: Buffer.concat(chunks) };
}
