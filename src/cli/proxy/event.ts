import { randomUUID } from 'node:crypto';
import { METHODS } from 'node:http';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../../core/errors.ts';
import { type FormatName, formatNames } from '../../http/format-choice.ts';
import { formatOf } from '../../http/formats.ts';
import { isHeaderName, isHeaderValue } from '../../http/headers.ts';
import type { HttpRequest } from '../../http/message.ts';
import type { Pairs } from '../../http/pairs.ts';
import { Failure } from '../../proxy/failures.ts';
import { type Asked, askedOf } from '../../proxy/forward/asked.ts';
import { forwardedHeaders } from '../../proxy/forward/headers.ts';
import { traceIdOf } from '../../proxy/forward/trace-id.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { readBytes } from '../text-file.ts';

interface EventOptions {
  format: FormatName;
  host: string;
  path: string;
  method: string;
  header: Pairs;
  body?: string;
  bodyFile?: string;
  multiValueHeaders: boolean;
  decodePath: boolean;
}

export function addEvent(proxy: Command, context: Context): void {
  const command = proxy
    .command('event')
    .description('print the event that a function would get for a request, without sending it')
    .requiredOption('--host <host>', 'the host that the client asks', bytes)
    .requiredOption('--path <path>', 'the path as it is sent, with its query', bytes)
    .addOption(
      new Option('--format <format>', 'format of the event').choices(formatNames).default('apigw-v2'),
    )
    .option('--method <method>', 'method of the request', method, 'GET')
    .addOption(
      new Option('--header <name: value>', 'a header of the request (may be repeated)')
        .argParser(collectHeader)
        .default([], 'none'),
    )
    .addOption(new Option('--body <text>', 'body of the request').conflicts('bodyFile'))
    .option('--body-file <file>', 'file with the body; - reads standard input')
    .option('--multi-value-headers', 'alb: maps of lists, as with the key multi_value_headers', false)
    .option('--decode-path', 'apigw-v2: the path decoded, as with the key decode_path', false);
  withHelp(command, {
    notes: 'Client, port, time and identifiers are those of a request from this machine, now.',
    exit: { 0: 'done', 64: 'the proxy would refuse such a request', 66: 'the file cannot be read' },
    examples: [
      "lambda-registrator proxy event --host shop.example --path '/cart?id=7'",
      "lambda-registrator proxy event --host shop.example --path /cart --method POST \\\n      --header 'content-type: application/json' --body '{\"id\":7}' --format alb",
      'lambda-registrator proxy event --host shop.example --path /photo --method PUT --body-file photo.png',
    ],
  }).action(async (options: EventOptions) => printEvent(context, options));
}

async function printEvent({ terminal }: Context, options: EventOptions): Promise<void> {
  const { format: name, multiValueHeaders, decodePath } = options;
  const format = formatOf({ name, multiValueHeaders, decodePath });
  const event = format.encode(requestOf(options, await bodyOf(options))).toString();
  terminal.print(indented(event));
}

async function bodyOf({ body = '', bodyFile }: EventOptions): Promise<Buffer> {
  return bodyFile === undefined ? Buffer.from(body) : readBytes(bodyFile);
}

/** The request as the proxy would have it, had it come from this machine. */
function requestOf(options: EventOptions, body: Buffer): HttpRequest {
  const { method, header } = options;
  const { host, authority, path, query } = asked(options);
  const requestId = randomUUID();
  const time = Date.now();
  const sourceIp = '127.0.0.1';
  return {
    method,
    path,
    query,
    protocol: 'HTTP/1.1',
    host,
    headers: forwardedHeaders(header.flat(), {
      authority,
      peer: sourceIp,
      trusted: false,
      traceId: traceIdOf(valuesOf(header, 'x-amzn-trace-id')[0], requestId, time),
      bodyBytes: body.length,
      port: 8080,
      secure: false,
    }),
    sourceIp,
    requestId,
    time,
    chunked: codingOf(header) !== undefined,
    body,
  };
}

/** @throws AppError USAGE for what the proxy refuses */
function asked({ host, path: url, header }: EventOptions): Asked {
  const coding = codingOf(header);
  try {
    return askedOf({
      url,
      httpVersion: '1.1',
      headers: coding === undefined ? {} : { 'transfer-encoding': coding },
      rawHeaders: ['host', host, ...header.flat()],
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new AppError('USAGE', `The proxy would answer 400, since ${error.message}.`);
  }
}

function codingOf(header: Pairs): string | undefined {
  const values = valuesOf(header, 'transfer-encoding');
  return values.length === 0 ? undefined : values.join(', ');
}

function valuesOf(pairs: Pairs, name: string): string[] {
  return pairs.filter((pair) => pair[0] === name).map(([, value]) => value);
}

/** JSON for people; what a client sent through `raw` may be none. */
function indented(event: string): string {
  try {
    return JSON.stringify(JSON.parse(event), null, 2);
  } catch {
    return event;
  }
}

/** What is typed is sent as UTF-8; texts of messages have one character a byte. */
function bytes(value: string): string {
  const text = Buffer.from(value).toString('latin1');
  if (!/^[\x21-\x7e\x80-\xff]+$/.test(text)) {
    throw new InvalidArgumentError('It must be without blanks and control characters.');
  }
  return text;
}

function method(value: string): string {
  if (!METHODS.includes(value) || value === 'CONNECT') {
    throw new InvalidArgumentError(
      'The proxy would answer 400: it must be a method of HTTP such as POST, in capitals.',
    );
  }
  return value;
}

function collectHeader(line: string, previous: Pairs): Pairs {
  const [, name = '', value = ''] = /^([^:]*):[ \t]*([^]*?)[ \t]*$/.exec(line) ?? [];
  if (!isHeaderName(name) || !isHeaderValue(value)) {
    throw new InvalidArgumentError("It must be a name and a value, as 'accept: text/html'.");
  }
  return [...previous, [name.toLowerCase(), Buffer.from(value).toString('latin1')]];
}
