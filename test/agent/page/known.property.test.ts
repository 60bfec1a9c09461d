import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterChange, knownFrom } from '../../../src/agent/page/client/model/known.ts';
import { tries } from '../../support/explorations.ts';
import { changeBetween, serverStatus, serviceStatus, statusOf } from '../../support/page/fixtures.ts';

const services = fc.uniqueArray(
  fc
    .tuple(
      fc.constantFrom('a', 'B', 'c', '__proto__', 'constructor', ''),
      fc.constantFrom('up' as const, 'down' as const),
    )
    .map(([name, state]) => serviceStatus(name, { servers: [serverStatus('1', { state })] })),
  { selector: ({ name }) => name },
);
const statuses = fc.array(
  services.map((services) => statusOf({ services })),
  { minLength: 1, maxLength: 6 },
);

it('knows after changes what a fresh page is told, and keeps the views of services that did not change', () => {
  fc.assert(
    fc.property(statuses, ([first = statusOf(), ...others]) => {
      let [known, status] = [knownFrom(first, 0), first];
      for (const next of others) {
        const change = changeBetween(status, next);
        const after = afterChange(known, change, 1);
        expect(after).toEqual(knownFrom(next, 1));
        const told = new Set(change.services.map(({ name }) => name));
        const kept = after.services.filter(({ service }) => !told.has(service.name));
        expect(kept.every((view) => known.services.includes(view))).toBe(true);
        [known, status] = [after, next];
      }
    }),
    tries(300),
  );
});
