import { describe, expect, it } from 'vitest';
import { AppError, errorCodes, isAppError, messageOf } from '../../src/core/errors.ts';

describe('an error', () => {
  it('carries its code, cause and details', () => {
    const cause = new Error('refused');
    const error = new AppError('UPSTREAM_UNAVAILABLE', 'Consul is away.', {
      cause,
      details: { host: 'consul' },
    });
    expect(error).toMatchObject({
      name: 'AppError',
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'Consul is away.',
      cause,
      details: { host: 'consul' },
      retryable: true,
    });
    expect(new AppError('USAGE', 'Give a name.')).not.toHaveProperty('cause');
  });

  it('is not to be tried again when the call may have had its effect', () => {
    const error = new AppError('UPSTREAM_UNAVAILABLE', 'The connection broke.', { final: true });
    expect(error.retryable).toBe(false);
  });

  it('is told by its code', () => {
    const error: unknown = new AppError('NOT_FOUND', 'x');
    expect(isAppError(error)).toBe(true);
    expect(isAppError(error, 'USAGE', 'NOT_FOUND')).toBe(true);
    expect(isAppError(error, 'USAGE')).toBe(false);
    expect(isAppError(new Error('x'))).toBe(false);
    expect(isAppError(undefined)).toBe(false);
  });

  it('has the exit codes of sysexits', () => {
    const { LISTEN_FAILED: failed, ...others } = errorCodes;
    expect(failed.exitCode, 'as lambda-reverse-proxy should have ended').toBe(1);
    for (const { exitCode } of Object.values(others)) {
      expect(exitCode).toBeGreaterThanOrEqual(64);
      expect(exitCode).toBeLessThanOrEqual(78);
    }
  });

  it.each([
    [new Error('refused'), 'refused'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [7, '7'],
  ])('tells the message of %j', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
