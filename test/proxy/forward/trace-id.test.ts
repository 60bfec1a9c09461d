import { expect, it } from 'vitest';
import { traceIdOf } from '../../../src/proxy/forward/trace-id.ts';

const requestId = '0a1b2c3d-0000-4000-8000-abcdefabcdef';

it('keeps the trace that a client is in', () => {
  const given = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  expect(traceIdOf(given, requestId, 0)).toBe(given);
});

it.each([undefined, '', ' ', 'a\nb', 'x'.repeat(1025), 'é'])('begins one in place of %j', (given) => {
  expect(traceIdOf(given, requestId, Date.UTC(2026, 0, 1))).toBe('Root=1-6955b900-0a1b2c3d000040008000abcd');
});
