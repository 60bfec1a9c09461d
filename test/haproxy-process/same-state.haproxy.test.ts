import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Server, Service } from '../../src/haproxy/model.ts';
import { observe } from '../../src/haproxy-process/runtime.ts';
import { service } from '../support/haproxy/models.ts';
import { type RunningSite, startSite } from '../support/haproxy/running.ts';
import { tries } from '../support/explorations.ts';
import { waitUntil } from '../support/wait-until.ts';

const hosts = ['a.example', '*.b.example', '[2001:db8::1]', 'c.example'];
const paths = [undefined, '/x', '/x/y'];
const names = ['web', 'shop', 'next'];

const server: fc.Arbitrary<Server> = fc.record(
  {
    id: fc.constantFrom('1', '2', '3', '4', 'a:0123456789abcdef'),
    address: fc.constantFrom('127.0.0.1', '127.0.0.2', '::1'),
    port: fc.integer({ min: 1, max: 9 }),
    weight: fc.constantFrom(0, 1, 100, 256),
    of: fc.constantFrom(...names),
  },
  { requiredKeys: ['id', 'address', 'port', 'weight'] },
);

/** Routes by who has them. */
const owners = fc.array(
  fc.record({
    owner: fc.constantFrom(...names, undefined),
    strip: fc.boolean(),
  }),
  { minLength: 12, maxLength: 12 },
);

const anyServices: fc.Arbitrary<Service[]> = fc
  .tuple(
    fc.array(fc.uniqueArray(server, { maxLength: 4, selector: ({ id }) => id }), {
      minLength: 3,
      maxLength: 3,
    }),
    owners,
  )
  .map(([servers, owners]) => {
    const places = hosts.flatMap((host) =>
      paths.map((path) => ({ host, ...(path === undefined ? {} : { path }) })),
    );
    return names.map((name, at) => {
      const routes = places.flatMap((place, at) => {
        const { owner, strip } = owners[at] ?? {};
        return owner === name ? [{ ...place, strip: strip === true && place.path !== undefined }] : [];
      });
      return service(name, routes, { servers: servers[at] ?? [] });
    });
  });

/** Servers and routes that HAProxy really has, of the backends that are wanted. */
async function stateOf(site: RunningSite, services: readonly Service[]) {
  const layout = site.layoutOf(services);
  const { backends, map } = await observe(site.socket, layout);
  const servers = [...backends].map(([name, { servers }]) => [
    name,
    [...servers]
      .map(([name, { endpoint, weight, isOut }]) => `${name} ${endpoint} ${weight} ${isOut}`)
      .toSorted(),
  ]);
  return { servers, map: [...map.entries].map(([key, value]) => `${key} ${value}`).toSorted() };
}

it('what HAProxy has after commands is what it starts with from the files', async () => {
  const begun = names.map((name, at) => service(name, [{ host: hosts[at] ?? '' }]));
  await using site = await startSite(begun, { drainMs: 0 });
  const counts = { runtime: 0, reload: 0 };
  await fc.assert(
    fc.asyncProperty(anyServices, async (services) => {
      const { reload } = await site.change(services);
      counts[reload ? 'reload' : 'runtime'] += 1;
      await waitUntil('removals', () => site.removals.size === 0);
      await using fresh = await startSite(services);
      expect(await stateOf(site, services)).toEqual(await stateOf(fresh, services));
    }),
    tries(25),
  );
  expect(counts.runtime).toBeGreaterThan(0);
});
