import { startCloudMapSource } from '../../../src/agent/sources/cloud-map/source.ts';
import type { CloudMapNamespace, CloudMapSettings } from '../../../src/agent/sources/cloud-map/settings.ts';
import type { Reading, RunningSource } from '../../../src/agent/model/sighting.ts';
import type { Faults } from '../../../src/sandbox/aws/faults.ts';
import type { SandboxAws } from '../../../src/sandbox/aws/server.ts';
import { cloudMapAt } from '../aws/cloud-map.ts';
import { createManualClock } from '../clock/manual-clock.ts';
import { region, sandboxAws } from '../aws/sandbox-aws.ts';
import { waitUntil } from '../wait-until.ts';

/** A source that follows the sandbox's Cloud Map, on a clock that stands still; `await using` ends both. */
export interface FollowedCloudMap extends AsyncDisposable {
  readonly aws: SandboxAws;
  readonly source: RunningSource;
  /** Calls by operation since it was last asked. */
  calls(): Record<string, number>;
  /** The fault that strikes a call. */
  strike: Faults['strike'];
  /** What the source tells next, `ms` milliseconds later or, while it waits for something else, after that. */
  told(ms?: number): Promise<Reading | Error>;
  /** What it tells next, when that is no failure. */
  reading(ms?: number): Promise<Reading>;
}

export const minute = 60_000;

/** Waits are short: the clock moves slowly while somebody waits, so that nobody is late for it. */
const random = (): number => 0.1;

export function entryOf(namespace: string, more: Partial<CloudMapNamespace> = {}): CloudMapNamespace {
  return { namespace, domain: 'test.com', mode: 'host', ownerAccount: undefined, defaultPort: 0, ...more };
}

/** @param prepare makes what there is before the first look */
export async function followCloudMap(
  settings: Partial<CloudMapSettings> & Pick<CloudMapSettings, 'namespaces'>,
  prepare: (aws: SandboxAws) => void = () => {},
): Promise<FollowedCloudMap> {
  const aws = await sandboxAws();
  const clock = createManualClock();
  const cloudMap = await cloudMapAt(aws.url, { clock, random });
  const all = {
    region,
    refreshMs: minute,
    healthRefreshMs: minute,
    servicesRefreshMs: 0,
    api: 'auto',
  } as const;
  const told: (Reading | Error)[] = [];
  let counts: Record<string, number> = {};
  let total = 0;

  const followed = {
    strike: (() => undefined) as Faults['strike'],
    calls: () => {
      const counted = counts;
      counts = {};
      return counted;
    },
    told: async (ms = 0) => {
      await clock.advance(ms);
      let before = -1;
      return waitUntil('the source to tell something', async () => {
        const next = told.shift();
        // While calls come, it is they that it waits for.
        if (next === undefined && total === before) await clock.advance(10);
        before = total;
        return next;
      });
    },
  };
  aws.faults.strike = (call) => {
    total += 1;
    counts[call.operation] = (counts[call.operation] ?? 0) + 1;
    return followed.strike(call);
  };
  prepare(aws);
  const source = startCloudMapSource(
    { ...all, ...settings },
    cloudMap,
    { onReading: (reading) => void told.push(reading), onFailure: (error) => void told.push(error as Error) },
    { clock, random },
  );
  return Object.assign(followed, {
    aws,
    source,
    reading: async (ms?: number) => {
      const next = await followed.told(ms);
      if (next instanceof Error) throw next;
      return next;
    },
    [Symbol.asyncDispose]: async () => {
      source.close();
      await cloudMap.close();
      await aws.close();
    },
  });
}
