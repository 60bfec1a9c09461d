import { expect, it } from 'vitest';
import { releaseExitCode, unseenExitCode } from '../../src/cli/exit-code.ts';
import { AppError, type ErrorCode, errorCodes } from '../../src/core/errors.ts';
import type { Release } from '../../src/registrator/owners/release.ts';

const unseen = (...codes: ErrorCode[]): Release['unseen'] =>
  codes.map((code) => ({ where: 'datacenter dc2', error: new AppError(code, 'not seen') }));

const entry = (outcome: Release['services'][number]['outcome']) => ({ service: 'pay', outcome, message: '' });
const failed = (code: ErrorCode) => ({ ...entry('failed'), code, retryable: errorCodes[code].retryable });

it.each([
  ['all was seen', unseen(), 0],
  ['a datacenter is away', unseen('UPSTREAM_REJECTED'), 75],
  ['one is away and one is closed', unseen('UPSTREAM_UNAVAILABLE', 'UPSTREAM_AUTH'), 77],
])('a list tells by its exit code that %s', (_what, places, code) => {
  expect(unseenExitCode(places)).toBe(code);
});

it.each([
  ['all was released', [entry('released')], unseen(), 0],
  ['one was not there', [entry('released'), entry('unknown')], unseen(), 65],
  ['one is not ours', [entry('not-ours'), entry('released')], unseen(), 65],
  ['a write was refused', [entry('unknown'), failed('UPSTREAM_REJECTED')], unseen(), 69],
  ['a race was lost twice', [failed('UPSTREAM_REJECTED'), failed('REVISION_CONFLICT')], unseen(), 75],
  ['a datacenter is away', [entry('unknown'), failed('UPSTREAM_REJECTED')], unseen('UPSTREAM_REJECTED'), 75],
  [
    'a write was denied',
    [failed('UPSTREAM_AUTH'), failed('REVISION_CONFLICT')],
    unseen('UPSTREAM_REJECTED'),
    77,
  ],
])('a release tells by its exit code that %s', (_what, services, places, code) => {
  expect(releaseExitCode({ services, unseen: places })).toBe(code);
});
