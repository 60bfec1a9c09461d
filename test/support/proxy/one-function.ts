import {
  type FunctionEndpoint,
  type InvokeAnswer,
  type InvokeCall,
  result,
  startFunctionEndpoint,
} from './function-endpoint.ts';
import { type AskedProxy, startTestProxy } from './proxy.ts';
import type { FileKeys } from './served-proxy.ts';
import type { RawAnswer } from '../http/connection.ts';
import type { RequestParts } from '../http/raw-http.ts';

/** The members of events that are looked at. */
interface SeenEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>> & {
    readonly http: Readonly<Record<string, string>>;
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

export interface Setting extends AsyncDisposable {
  readonly endpoint: FunctionEndpoint;
  readonly proxy: AskedProxy;
  send(parts?: RequestParts): Promise<RawAnswer>;
  /** Sends a request and gives the event that came of it. */
  eventOf(parts?: RequestParts): Promise<SeenEvent>;
}

/** A proxy before one function, by a route for every host unless `route` says otherwise. */
export async function before(
  answer: (call: InvokeCall) => InvokeAnswer | Promise<InvokeAnswer>,
  route: FileKeys = {},
  file: FileKeys = {},
): Promise<Setting> {
  const endpoint = await startFunctionEndpoint(answer);
  const local = [{ hostname: '*', endpoint: endpoint.url, ...route }];
  const proxy = await startTestProxy({ local, ...file });
  return {
    endpoint,
    proxy,
    send: (parts) => proxy.send(parts),
    eventOf: async (parts) => {
      await proxy.send(parts);
      return eventIn(endpoint.calls.at(-1));
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

function eventIn(call: InvokeCall | undefined): SeenEvent {
  return JSON.parse(call?.payload.toString() ?? 'null') as SeenEvent;
}

export const fine = (): InvokeAnswer => result({ statusCode: 200, body: 'fine' });
export const told = ({ status, body }: RawAnswer): string => `${status} ${body.toString()}`;
export const valuesOf = ({ headers }: RawAnswer, name: string): string[] =>
  headers.filter(([key]) => key === name).map(([, value]) => value);

/** An endpoint whose calls wait until the test lets them go. */
export function held(): { answer: () => Promise<InvokeAnswer>; release: () => void } {
  const waiting: (() => void)[] = [];
  return {
    answer: async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return fine();
    },
    release: () => waiting.shift()?.(),
  };
}

/** What goes on at the only route. */
export async function usageOf({
  app,
}: AskedProxy): Promise<{ inUse: number | undefined; queued: number | undefined }> {
  const [route] = (await app.report()).routes;
  return { inUse: route?.in_use, queued: route?.queued };
}
