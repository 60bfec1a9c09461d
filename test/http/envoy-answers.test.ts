import { describe, expect, it } from 'vitest';
import { accepted, formatNamed, invokedOf, streamed } from '../support/http/messages.ts';

const envoy = formatNamed('envoy');
const lambdas: [string, string][] = [
  ['content-type', 'application/octet-stream'],
  ['content-length', '99'],
  ['connection', 'keep-alive'],
  ['x-amzn-requestid', '7'],
  ['x-amz-executed-version', '$LATEST'],
];
const kept: [string, string][] = [
  ['x-amzn-requestid', '7'],
  ['x-amz-executed-version', '$LATEST'],
];

function answer(payload: unknown, functionError?: string): ReturnType<typeof accepted> {
  return accepted(envoy.decode(invokedOf(payload, { headers: lambdas, functionError })));
}

describe('answers in the JSON of Envoy', () => {
  it.each([
    { status_code: 201, body: 'AA==', is_base64_encoded: true },
    { statusCode: 201, body: 'AA==', isBase64Encoded: true },
  ])('are read from %j', (payload) => {
    expect(answer(payload)).toEqual({
      status: 201,
      headers: [...kept, ['content-type', 'application/json']],
      body: '\0',
    });
  });

  it.each([{}, { status_code: 0 }, { statusCode: '0' }, { status_code: null }])(
    'have the status of Invoke in %j',
    (payload) => {
      expect(answer(payload).status).toBe(200);
    },
  );

  it('replace Lambda’s headers of the same name, and set one line a cookie', () => {
    const headers = {
      'X-Amzn-RequestId': 'mine',
      'content-type': 'x/y',
      ':status': '500',
      'set-cookie': 'z=0',
    };
    expect(answer({ headers, cookies: ['a=1', 'b=2'] }).headers).toEqual([
      ['x-amz-executed-version', '$LATEST'],
      ['x-amzn-requestid', 'mine'],
      ['content-type', 'x/y'],
      ['set-cookie', 'z=0'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
  });

  it('keep Lambda’s headers when they are streamed', () => {
    expect(answer(streamed({ headers: { 'content-type': 'x/y' } }, 'z'))).toEqual({
      status: 200,
      headers: [...kept, ['content-type', 'x/y']],
      body: 'z',
    });
  });

  it('know no multiValueHeaders', () => {
    expect(answer({ multiValueHeaders: { a: ['b'] } }).headers).toEqual([
      ...kept,
      ['content-type', 'application/json'],
    ]);
  });

  it.each([
    'text',
    null,
    [],
    5,
    { headers: { a: 1 } },
    { headers: { a: true } },
    { headers: ['a'] },
    { cookies: 'a=1' },
    { cookies: [1] },
    { cookies: [null] },
    { body: {} },
    { isBase64Encoded: 'true' },
    { status_code: {} },
    { status_code: 700 },
  ])('are never of another type, as %j is', (payload) => {
    expect(envoy.decode(invokedOf(payload))).toMatchObject({ ok: false });
  });
});

it('passes errors of functions on with status 200 and the header that tells of them', () => {
  const error = { errorType: 'Error', errorMessage: 'boom', statusCode: 418 };
  expect(answer(error, 'Unhandled')).toEqual({
    status: 200,
    headers: [['content-type', 'application/octet-stream'], ...kept, ['x-amz-function-error', 'Unhandled']],
    body: JSON.stringify(error),
  });
});

it('tells of an error once when Lambda’s headers do too', () => {
  const headers: [string, string][] = [['x-amz-function-error', 'Handled']];
  const decoded = envoy.decode(invokedOf('boom', { headers, functionError: 'Handled' }));
  expect(accepted(decoded).headers).toEqual(headers);
});
