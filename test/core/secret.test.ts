import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { Secret } from '../../src/core/secret.ts';

const value = 'b1gs3cr3t';
const secret = new Secret(value);

describe('a secret', () => {
  it.each<[string, () => string]>([
    ['JSON', () => JSON.stringify({ token: secret, list: [secret] })],
    ['inspect', () => inspect({ deep: { deeper: { token: secret } } }, { depth: 9, showHidden: true })],
    ['a template', () => `${String(secret)} ${secret.toString()}`],
    ['concatenation', () => ['token', secret].join(' ')],
    ['console formats', () => format('%s %o %O %j', secret, secret, secret, secret)],
    [
      'the details of an error',
      () => inspect(new AppError('UPSTREAM_AUTH', 'x', { details: { token: secret } })),
    ],
    [
      'the cause of an error',
      () => inspect(new AppError('UPSTREAM_AUTH', 'x', { cause: { token: secret } })),
    ],
    ['a copy', () => JSON.stringify(Object.entries(Object.assign({}, secret)))],
  ])('does not show in %s', (_where, print) => {
    expect(print()).not.toContain(value);
  });

  it('is shown as redacted', () => {
    expect([JSON.stringify(secret), String(secret), inspect(secret)]).toEqual([
      '"[redacted]"',
      '[redacted]',
      '[redacted]',
    ]);
  });

  it('is given to whoever asks for it by name', () => {
    expect(secret.reveal()).toBe(value);
  });
});
