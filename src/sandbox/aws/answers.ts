import { randomUUID } from 'node:crypto';
import type { ApiCall, ApiError, Result, ServiceName } from './api.ts';

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  /** Whole, or as it comes. */
  body: string | Buffer | AsyncIterable<Buffer>;
}

/** A result as the protocol of its service carries it. */
export function encodeResult({ service, operation }: ApiCall, { body, status = 200 }: Result): HttpAnswer {
  if (body === undefined) return answer(service, status, '');
  return answer(service, status, service === 'sts' ? stsResult(operation, body) : JSON.stringify(body));
}

export function encodeError(
  service: ServiceName | undefined,
  { code, message, status }: ApiError,
): HttpAnswer {
  const type = status >= 500 ? 'Service' : 'User';
  switch (service) {
    case 'sts':
      return answer(service, status, stsError(code, message, status >= 500 ? 'Receiver' : 'Sender'));
    case 'lambda': {
      const encoded = answer(service, status, JSON.stringify({ Type: type, Message: message, message }));
      encoded.headers['x-amzn-errortype'] = code;
      if (status === 429) encoded.headers['retry-after'] = '1';
      return encoded;
    }
    case 'servicediscovery':
    case 'ssm':
    case 'tagging':
    case undefined:
      return answer(service, status, JSON.stringify({ __type: code, message }));
  }
}

function answer(service: ServiceName | undefined, status: number, body: string): HttpAnswer {
  const types = { sts: 'text/xml', lambda: 'application/json' } as const;
  const type = service === 'sts' || service === 'lambda' ? types[service] : 'application/x-amz-json-1.1';
  return { status, headers: { 'content-type': type, 'x-amzn-requestid': randomUUID() }, body };
}

const stsNamespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

function stsResult(operation: string, body: object): string {
  const content = element(`${operation}Result`, elements(body)) + element('ResponseMetadata', requestId());
  return `<${operation}Response xmlns="${stsNamespace}">${content}</${operation}Response>`;
}

function elements(body: object): string {
  const fields = Object.entries(body).map(([name, value]: [string, unknown]) =>
    element(name, typeof value === 'object' && value !== null ? elements(value) : escaped(String(value))),
  );
  return fields.join('');
}

function stsError(code: string, message: string, type: string): string {
  const fields = element('Type', type) + element('Code', code) + element('Message', escaped(message));
  return `<ErrorResponse xmlns="${stsNamespace}">${element('Error', fields)}${requestId()}</ErrorResponse>`;
}

function requestId(): string {
  return element('RequestId', randomUUID());
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
