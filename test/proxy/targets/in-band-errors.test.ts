import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfFunction, isFunctionError } from '../../../src/proxy/targets/in-band-errors.ts';
import { tries } from '../../support/explorations.ts';

const bytes = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('errors of functions', () => {
  it.each([
    { errorType: 'Error', errorMessage: 'x', trace: ['a', 'b'] },
    { errorMessage: 'x', errorType: 'ValueError', requestId: '1', stackTrace: ['File "/var/task/a.py"'] },
    {
      errorMessage: 'x',
      errorType: 'java.lang.RuntimeException',
      stackTrace: [],
      cause: { errorMessage: 'y' },
    },
    { errorType: 'Function.ResponseSizeTooLarge', errorMessage: 'too large' },
    { errorMessage: 'x' },
    { errorType: 'Runtime.ImportModuleError' },
    { errorType: '', errorMessage: '' },
  ])('are %j', (payload) => {
    expect(isFunctionError(bytes(payload))).toBe(true);
  });

  it.each([
    { errorMessage: 'not found', data: [] },
    { errorType: 'validation', fields: ['a'] },
    { statusCode: 422, errorType: 'validation', errorMessage: 'x' },
    { status_code: 422, errorType: 'validation', errorMessage: 'x' },
    { errorMessage: null },
    { errorMessage: { text: 'x' }, errorType: 5 },
    { error: 'x' },
    { errors: [] },
    { statusCode: 200, body: '{"errorType":"Error","errorMessage":"x"}' },
    {},
    [],
    [{ errorType: 'Error', errorMessage: 'x' }],
    'errorMessage',
    '{"errorType":"Error","errorMessage":',
    'null',
    '',
  ])('are not %j', (payload) => {
    expect(isFunctionError(bytes(payload))).toBe(false);
  });

  it('are never answers with a status, nor anything but objects', () => {
    const answer = fc.record(
      { statusCode: fc.integer(), errorType: fc.string(), errorMessage: fc.string(), body: fc.string() },
      { requiredKeys: ['statusCode'] },
    );
    const other = fc
      .jsonValue()
      .filter((value) => typeof value !== 'object' || value === null || Array.isArray(value));
    const property = fc.property(fc.oneof(answer, other), (value) => {
      expect(isFunctionError(bytes(JSON.stringify(value)))).toBe(false);
    });
    fc.assert(property, tries(300));
  });
});

describe('the end of a function', () => {
  it.each([
    ['Task timed out after 3.00 seconds', 'function_timeout'],
    ['2026-11-20T09:14:03.250Z 8f5c Task timed out after 300 seconds\n', 'function_timeout'],
    ['', 'function_exit'],
  ])('is told by %j', (payload, kind) => {
    expect(endOfFunction(200, bytes(payload))?.kind).toBe(kind);
  });

  it.each([
    '"Task timed out after 3.00 seconds"',
    '{"body":"Task timed out after 3.00 seconds"}',
    'Task timed out after 3.00 seconds, said the function',
    'null',
    '""',
    ' ',
  ])('is not told by %j', (payload) => {
    expect(endOfFunction(200, bytes(payload))).toBeUndefined();
  });

  it('is told by the runtime itself in newer emulators', () => {
    expect(
      endOfFunction(502, bytes({ errorType: 'Runtime.ExitError', errorMessage: 'exit status 1' }))?.kind,
    ).toBe('function_exit');
    expect(endOfFunction(502, bytes({ message: 'bad gateway' }))).toBeUndefined();
    expect(endOfFunction(202, bytes(''))).toBeUndefined();
  });
});
