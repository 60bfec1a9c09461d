import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryTable, candidate, inNoTime, registryOn, running } from '../../support/registry/registry.ts';
import { tries } from '../../support/explorations.ts';

const names = ['a', 'b', 'c'];
/** A container of a service; its address follows from its name, so that hosts never disagree. */
const instance = fc.record({ service: fc.constantFrom(...names), number: fc.nat(3) });
const report = fc.record({
  host: fc.constantFrom('h1', 'h2', undefined),
  running: fc.array(instance, { maxLength: 4 }),
  candidates: fc.uniqueArray(
    fc.record({ service: fc.constantFrom(...names), port: fc.constantFrom(81, 82), number: fc.nat(3) }),
    { maxLength: 2, selector: ({ service }) => service },
  ),
});
type Report = typeof report extends fc.Arbitrary<infer Value> ? Value : never;

const keyOf = ({ service, number }: { service: string; number: number }): string => `${service}/${number}`;
const addressOf = (number: number): string => `10.0.0.${number}`;

function payloadOf({ host, running: instances, candidates }: Report): object {
  return {
    ...(host === undefined ? {} : { host }),
    running: running(Object.fromEntries(instances.map((one) => [keyOf(one), addressOf(one.number)]))),
    candidates: candidates.map(({ service, port, number }) =>
      candidate(service, { [number]: addressOf(number) }, { port }),
    ),
  };
}

/** The rules in their plainest form: every host has its set, and a definition lives as long as something runs. */
class Model {
  readonly #hosts = new Map<string, Set<string>>();
  readonly #ports = new Map<string, number>();

  post({ host, running: instances, candidates }: Report): void {
    this.#hosts.set(host ?? '*', new Set([...instances, ...candidates].map(keyOf)));
    for (const { service, port } of candidates) this.#ports.set(service, port);
    for (const name of names) if (this.#instancesOf(name).length === 0) this.#ports.delete(name);
  }

  services(): object[] {
    return [...this.#ports]
      .map(([serviceName, port]) => ({ serviceName, port, ids: this.#instancesOf(serviceName) }))
      .toSorted((left, right) => (left.serviceName < right.serviceName ? -1 : 1));
  }

  #instancesOf(service: string): string[] {
    const all = new Set<string>();
    for (const keys of this.#hosts.values()) for (const key of keys) all.add(key);
    return [...all]
      .filter((key) => key.startsWith(`${service}/`))
      .map((key) => key.slice(2))
      .toSorted();
  }
}

it('gives what the plain rules give, after any reports of any hosts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(report, { minLength: 1, maxLength: 12 }), async (reports) => {
      const registry = registryOn(new MemoryTable(), {}, inNoTime);
      const model = new Model();
      for (const one of reports) {
        registry.time.now += 1_000;
        model.post(one);
        const { services } = await registry.post(payloadOf(one));
        const seen = services.map(({ serviceName, port, containers }) => ({
          serviceName,
          port,
          ids: containers.map(({ id }) => id),
        }));
        expect(seen).toEqual(model.services());
      }
    }),
    tries(),
  );
});

it('reads once and writes nothing for the last report again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(report, { minLength: 1, maxLength: 6 }), async (reports) => {
      const table = new MemoryTable();
      const registry = registryOn(table, {}, inNoTime);
      const answers = [];
      for (const one of reports) answers.push(await registry.post(payloadOf(one)));
      const items = new Map(table.items);
      const calls = table.calls();
      const again = await Promise.all(reports.slice(-1).map((one) => registry.post(payloadOf(one))));
      expect(again).toEqual(answers.slice(-1));
      expect(table.calls() - calls).toBe(1);
      expect(table.items).toEqual(items);
    }),
    tries(),
  );
});
