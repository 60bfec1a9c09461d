import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkServiceName } from '../../../src/haproxy/names.ts';
import type { PartFault } from '../../../src/registry/payload.ts';
import { tries } from '../../support/explorations.ts';
import { arbitraryPayload } from '../../support/registry/payload-arbitraries.ts';
import { MemoryTable, inNoTime, registryOn } from '../../support/registry/registry.ts';

interface Listed {
  readonly id: unknown;
  readonly ip: unknown;
}

interface Posted {
  readonly host?: string;
  readonly running: readonly unknown[];
  readonly candidates: readonly unknown[];
}

/** Few names, so that candidates meet each other and what is stored. */
const place = {
  id: fc.constantFrom('c1', 'c2', 'c 3'),
  ip: fc.constantFrom('10.0.0.1', '10.0.0.2', '127.0.0.1', '0.0.0.0'),
};
const name = fc.constantFrom('a', 'b', 'c', 'd', 'e f');
const host = fc.constantFrom('a.example', 'b.example', 'c.example', 'd.example:81', 'a/b');
const candidate = fc.record(
  {
    serviceName: name,
    predicate: host,
    hosts: fc.array(host, { maxLength: 2 }),
    port: fc.constantFrom(80, 8080, '8080', 0),
    containers: fc.array(fc.record(place), { maxLength: 3 }),
  },
  { requiredKeys: ['serviceName', 'predicate', 'port', 'containers'] },
);
const crowded: fc.Arbitrary<Posted> = fc.record(
  {
    host: fc.constantFrom('h1', 'h2'),
    running: fc.array(fc.record({ serviceName: name, ...place }), { maxLength: 4 }),
    candidates: fc.array(candidate, { maxLength: 5 }),
  },
  { requiredKeys: ['running', 'candidates'] },
);
const odd: fc.Arbitrary<Posted> = arbitraryPayload.map(({ running, candidates = [] }) =>
  structuredClone({ running, candidates }),
);

/** The payload without what was left out; the other containers of a candidate that was just run. */
function withoutRejected(
  { host: from, running, candidates }: Posted,
  rejected: readonly PartFault[],
): Posted {
  const parts = new Set(rejected.map(({ part }) => part));
  const kept = candidates.map((candidate, at) => {
    const { serviceName, containers } = Object(candidate) as { serviceName: unknown; containers: unknown };
    const field = `candidates[${at}]`;
    const rows = (Array.isArray(containers) ? (containers as Listed[]) : []).filter(
      (_, index) => !parts.has(`${field}.containers[${index}]`),
    );
    const named = typeof serviceName === 'string' && checkServiceName(serviceName).ok;
    return parts.has(field)
      ? { running: named ? rows.map((row) => ({ serviceName, ...row })) : [], candidates: [] }
      : { running: [], candidates: [{ ...(candidate as object), containers: rows }] };
  });
  return {
    ...(from === undefined ? {} : { host: from }),
    running: [
      ...running.filter((_, at) => !parts.has(`running[${at}]`)),
      ...kept.flatMap((part) => part.running),
    ],
    candidates: kept.flatMap((part) => part.candidates),
  };
}

it.each([
  { kind: 'crowded', payload: crowded, least: 100 },
  { kind: 'odd', payload: odd, least: 100 },
])('leaves of a $kind payload what would be accepted without the rest', async ({ payload, least }) => {
  let left = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 4 }), async (payloads) => {
      const grace = { SERVICE_GRACE: '60' };
      const skipping = registryOn(new MemoryTable(), { ...grace, BAD_CANDIDATES: 'skip' }, inNoTime);
      const refusing = registryOn(new MemoryTable(), grace, inNoTime);
      for (const one of payloads) {
        skipping.time.now += 1_000;
        refusing.time.now += 1_000;
        const { rejected = [], ...skipped } = await skipping.post(one);
        if (rejected.length > 0) left += 1;
        expect(await refusing.post(withoutRejected(one, rejected))).toEqual(skipped);
      }
    }),
    tries(400),
  );
  expect(left).toBeGreaterThan(least);
});
