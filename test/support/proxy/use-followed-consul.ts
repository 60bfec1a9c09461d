import { afterEach, beforeEach, expect } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import type { ConsulSource } from '../../../src/proxy/config.ts';
import { follow, type FollowedSource } from './consul-routes.ts';
import { consulClient } from '../consul/client.ts';
import {
  type FakeCatalog,
  type FakeConsul,
  type FakeService,
  lambdaService,
  startFakeConsul,
} from '../consul/fake-consul.ts';
import { createManualClock, type ManualClock } from '../clock/manual-clock.ts';
import { waitUntil } from '../wait-until.ts';

/** A service of the function `name` with the route `<name>.example`. */
export function routed(name: string, node?: string): FakeService {
  return lambdaService(name, { 'lambda-route-host': `${name}.example` }, node);
}

/** Their routes, as a followed source has them. */
export const [a, b, c] = ['a.example/ a', 'b.example/ b', 'c.example/ c'];

export interface GivenFollowed {
  fake: FakeConsul;
  /** The clock of the source. */
  clock: ManualClock;
  source: FollowedSource;
  /** Follows the fake Consul, and waits for the first routes. */
  follow(source?: Partial<ConsulSource>): Promise<void>;
  /** As `follow`, from the routes `a` and `b` until Consul is asked for what comes next. */
  followed(): Promise<void>;
  /** Changes the catalog and its index. */
  change(update: Partial<FakeCatalog>): void;
  /** Waits until Consul is asked to tell of what comes after its index. */
  listening(): Promise<void>;
  /** Waits on a clock that goes on by a second at each look. */
  eventually(what: string, condition: () => boolean): Promise<true>;
  /** Waits for routes on a clock that stands still. */
  soon(...table: (string | undefined)[]): Promise<true>;
  hasRoutes(...table: (string | undefined)[]): boolean;
  /** Waits on a clock that stands still. */
  failing(): Promise<true>;
  warned(): string[];
}

/** For each test a fake Consul with the services a and b, and a source that is closed in the end. */
export function useFollowedConsul(): GivenFollowed {
  let consul: Consul;
  let index = 10;
  const given = {
    follow: async (source) => {
      given.source = follow(consul, source, given.clock);
      await given.source.ready;
    },
    followed: async () => {
      await given.follow();
      expect(given.source.table()).toEqual([a, b]);
      await given.listening();
    },
    change: (update) => {
      index += 1;
      given.fake.change({ index: `${index}`, ...update });
    },
    listening: async () => {
      const { fake } = given;
      fake.requests.length = 0;
      const waits = () => fake.requests.some((path) => path.includes(`index=${fake.catalog.index}&`));
      await given.eventually('a blocking read', waits);
    },
    eventually: (what, condition) =>
      waitUntil(what, async () => {
        await given.clock.advance(1000);
        return condition();
      }),
    soon: (...table) => waitUntil(table.join(), () => given.hasRoutes(...table)),
    hasRoutes: (...table) => JSON.stringify(given.source.table()) === JSON.stringify(table),
    failing: () => waitUntil('a failure', () => !given.source.state().up),
    warned: () => given.source.log.filter(({ level }) => level === 'warn').map(({ message }) => message),
  } as GivenFollowed;
  beforeEach(async () => {
    given.fake = await startFakeConsul();
    consul = consulClient(given.fake, { retry: { attempts: 1, baseMs: 1, maxMs: 1 } });
    given.clock = createManualClock();
    given.change({ services: [routed('a'), routed('b')] });
  });
  afterEach(async () => {
    given.source.close();
    consul.close();
    await given.fake.close();
  });
  return given;
}
