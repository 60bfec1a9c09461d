import { once } from 'node:events';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { text } from 'node:stream/consumers';

/** The ways in which a client can put the same request. */
export const forms = ['HTTP/1.1', 'absolute-form', 'HTTP/2', 'HTTP/2 over TLS'] as const;
export type Form = (typeof forms)[number];

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  /** The form HTTP/2 over TLS goes to `tls`, every other to `http`. */
  readonly ports: { readonly http: number; readonly tls?: number };
  readonly host: string;
  readonly path?: string;
  readonly form?: Form;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request on a connection of its own. */
export function ask({ ports, host, path = '/', form = 'HTTP/1.1', headers = {} }: Ask): Promise<Answer> {
  if (form === 'HTTP/2') return askHttp2(`http://127.0.0.1:${ports.http}`, host, path, headers);
  if (form === 'HTTP/2 over TLS') return askHttp2(`https://127.0.0.1:${ports.tls}`, host, path, headers);
  const target = form === 'absolute-form' ? `http://${host}${path}` : path;
  return askHttp1(ports.http, target, { host, ...headers });
}

async function askHttp1(port: number, path: string, headers: Record<string, string>): Promise<Answer> {
  const request = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false, setHost: false });
  const answered = new Promise<Answer>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
  });
  request.end();
  return answered;
}

async function askHttp2(
  origin: string,
  host: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const session = connectHttp2(origin, { rejectUnauthorized: false });
  try {
    const stream = session.request({ ':authority': host, ':path': path, ...headers });
    const [[answer], body] = await Promise.all([once(stream, 'response'), text(stream)]);
    const { ':status': status, ...rest } = answer as IncomingHttpHeaders & { ':status': number };
    return { status, headers: rest, body };
  } finally {
    session.close();
  }
}
