import { describe, expect, it } from 'vitest';
import type { Definition } from '../../../src/registry/payload.ts';
import { type HostState, type ServiceState, withoutExpired } from '../../../src/registry/store/state.ts';

const definition: Definition = { configMode: 'host', predicate: 'a.example', port: 80 };
const web = { serviceName: 'web', id: 'c1', ip: '10.0.0.1' };

/** Whether a service is there at 100 s, with a grace time of 10 s; `written` in seconds. */
function isThere(
  service: Partial<ServiceState>,
  hosts: Readonly<Record<string, Omit<HostState, 'running'>>>,
): boolean {
  const reports = Object.entries(hosts).map(([host, { written, expires }]): [string, HostState] => [
    host,
    { running: [web], written: written * 1000, expires },
  ]);
  const stored = {
    services: new Map([['web', { definition, created: 0, ...service }]]),
    hosts: new Map(reports),
  };
  const retention = { now: 100_000, serviceGrace: 10, hostTtl: 0 };
  return withoutExpired(stored, retention).services.has('web');
}

describe('a service whose stored end has passed', () => {
  it.each([
    { written: 59.999, there: true },
    { written: 60, there: false },
    { written: 61, there: false },
  ])('at 60 s is there for a report from $written s: $there', ({ written, there }) => {
    expect(isThere({ expires: 60 }, { h1: { written } })).toBe(there);
    expect(isThere({ expires: 60 }, { h1: { written }, h2: { written: 90 } })).toBe(there);
  });
});

describe('a service without a stored end', () => {
  it('is there while a live host lists it, whatever silent ones say', () => {
    const silent = { written: 20, expires: 50 };
    expect(isThere({}, { h1: silent, h2: { written: 70 } })).toBe(true);
    expect(isThere({}, { h1: silent, h2: { written: 70, expires: 101 } })).toBe(true);
  });

  it('is remembered for the grace time after the last silent host', () => {
    expect(isThere({}, { h1: { written: 20, expires: 90 } })).toBe(false);
    expect(isThere({}, { h1: { written: 20, expires: 91 }, h2: { written: 10, expires: 30 } })).toBe(true);
  });

  it('is remembered for the grace time after it was created, or the last report', () => {
    expect(isThere({ created: 90_000 }, {})).toBe(false);
    expect(isThere({ created: 91_000 }, {})).toBe(true);
  });
});
