import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readingOf } from '../../../src/agent/sources/docker-reading.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { defaultOptions, dockerAt, labels } from '../../support/docker/containers.ts';
import { DockerDaemon } from '../../support/docker/daemon.ts';
import { FollowedDocker } from '../../support/docker/followed-docker.ts';
import { tries } from '../../support/explorations.ts';
import { waitUntil } from '../../support/wait-until.ts';

const names = ['a', 'b', 'c'] as const;
type Name = (typeof names)[number];

type Change = (daemon: DockerDaemon, name: Name, number: number) => void;

const start: Change = (daemon, name) => daemon.start(name);
const halt: Change = (daemon, name) => daemon.halt(name);
const die: Change = (daemon, name) => daemon.die(name);
const connect: Change = (daemon, name, number) => daemon.connect(name, 'back', `10.9.0.${number}`);
const disconnect: Change = (daemon, name) => daemon.disconnect(name, 'back');
const turn: Change = (daemon, name, number) => daemon.turn(name, number % 2 === 0 ? 'healthy' : 'unhealthy');
const restart: Change = (daemon, name) => {
  daemon.halt(name);
  daemon.start(name);
};

/** What may happen to a container in each of its states. */
const changes: Readonly<Record<string, readonly Change[]>> = {
  missing: [(daemon, name, number) => void daemon.run(webOrOther(name, number))],
  running: [halt, restart, die, connect, disconnect, turn, (daemon, name) => daemon.pause(name)],
  paused: [die, (daemon, name) => daemon.unpause(name)],
  exited: [start, start, (daemon, name) => daemon.remove(name)],
};

/** What may happen to the daemon and the way to it. */
const faults: Readonly<Record<string, (daemon: DockerDaemon) => Promise<void> | void>> = {
  end: (daemon) => daemon.events.end(),
  cut: (daemon) => daemon.events.cut(),
  garbage: (daemon) => daemon.events.say(']'),
  restart: async (daemon) => {
    await daemon.down();
    await daemon.up();
  },
  restartAfterChange: async (daemon) => {
    await daemon.down();
    for (const container of daemon.containers.values()) {
      if (container.status === 'running') container.networks['front'] = `10.1.0.${container.id.length}`;
    }
    await daemon.up();
  },
  noEvents: (daemon) => {
    daemon.fault = (path) => (path === '/events' ? 'cut' : undefined);
  },
  noLists: (daemon) => {
    daemon.fault = (path) => (path.includes('/json') ? { status: 500, message: 'no' } : undefined);
  },
  slow: (daemon) => {
    daemon.fault = () => sleep(5);
  },
  well: (daemon) => {
    daemon.fault = () => undefined;
  },
};

function webOrOther(name: Name, number: number) {
  const asked = labels({ service: number % 3 === 0 ? 'other' : 'web', 'route-host': 'web.example.com' });
  const health = number % 2 === 0 ? { health: 'starting' as const } : {};
  return { name, labels: asked, exposed: ['80/tcp'], networks: { front: `10.0.0.${number}` }, ...health };
}

type Step =
  | { kind: 'change'; name: Name; number: number }
  | { kind: 'fault'; what: string }
  | { kind: 'wait'; ms: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('change' as const),
        name: fc.constantFrom(...names),
        number: fc.integer({ min: 1, max: 250 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('fault' as const),
        what: fc.constantFrom(...Object.keys(faults)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 15 }) }),
    },
  ),
  { minLength: 5, maxLength: 30 },
);

async function take(daemon: DockerDaemon, step: Step): Promise<void> {
  if (step.kind === 'wait') return sleep(step.ms);
  if (step.kind === 'fault') return faults[step.what]?.(daemon);
  const found = [...daemon.containers.values()].find(({ name }) => name === step.name);
  const possible = changes[found?.status ?? 'missing'] ?? [];
  possible[step.number % possible.length]?.(daemon, step.name, step.number);
}

/** What somebody sees who comes now. */
async function seenAnew(daemon: DockerDaemon) {
  const docker = dockerAt(daemon.address);
  const { containers } = await docker.listContainers(deadlineIn(systemClock, 10_000));
  await docker.close();
  return readingOf(containers, defaultOptions, () => false).sightings;
}

it('ends with what a fresh list shows, whatever happens to containers, events and connections', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(3, 50, Infinity), async (happens, pieceBytes) => {
      const followed = new FollowedDocker(await DockerDaemon.start(), 50);
      const { daemon } = followed;
      daemon.events.pieceBytes = pieceBytes;
      try {
        daemon.run(webOrOther('a', 1));
        followed.follow({ resyncMs: 10_000_000 });
        for (const step of happens) await take(daemon, step);
        daemon.fault = () => undefined;
        const expected = await seenAnew(daemon);
        const isSame = (): boolean => sortedText(followed.known) === sortedText(expected);
        await waitUntil('the same', isSame, 5_000).catch(() => {});
        expect(sortedText(followed.known)).toBe(sortedText(expected));
      } finally {
        await followed.close();
      }
    }),
    tries(120, 1_000),
  );
}, 120_000);

function sortedText(sightings: ReadonlyMap<string, unknown>): string {
  return JSON.stringify(
    [...sightings].sort(([one], [other]) => (one < other ? -1 : 1)),
    undefined,
    1,
  );
}
