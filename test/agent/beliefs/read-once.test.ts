import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readOnce } from '../../../src/agent/beliefs/read-once.ts';
import { writeSnapshot } from '../../../src/agent/beliefs/snapshot.ts';
import { instances, sighting, view } from '../../support/agent/sightings.ts';
import { DockerDaemon } from '../../support/docker/daemon.ts';
import { scaledClock } from '../../support/clock/scaled-clock.ts';
import { web } from '../../support/docker/followed-docker.ts';
import { beliefsParts, RunningBeliefs } from '../../support/agent/running-beliefs.ts';

let given: RunningBeliefs;
let daemon: DockerDaemon;
beforeEach(async () => {
  [given, daemon] = await Promise.all([RunningBeliefs.create(), DockerDaemon.start()]);
  await writeFile(
    join(given.folder, 'services.yaml'),
    'services: [{ name: web, servers: [{ address: 10.0.0.1 }] }]',
  );
});
afterEach(async () => {
  await given[Symbol.asyncDispose]();
  await daemon.stop();
});

const fileSource = (name = 'services.yaml') => `file: { path: ${join(given.folder, name)} }`;
const dockerSource = () => `docker: { address: "${daemon.address}" }`;
const failures: unknown[] = [];
/** The least that is waited for a source would be 10 s. */
const parts = { ...beliefsParts, clock: scaledClock(10) };

async function read(text: string): Promise<string[]> {
  const listener = { onSnapshotFailure: (error: unknown) => failures.push(error) };
  const views = await readOnce(given.config(text), listener, parts);
  return views.flatMap(({ source, sightings }) =>
    [...sightings].map(
      ({ service, instances }) =>
        `${source} ${service}: ${instances.map(({ address }) => address).join(' ')}`,
    ),
  );
}

it('reads every source, and writes nothing', async () => {
  daemon.run(web('one', '10.1.0.1'));
  expect(await read(`sources: { ${dockerSource()}, ${fileSource()} }`)).toEqual([
    'file web: 10.0.0.1',
    'docker web: 10.1.0.1',
  ]);
  await expect.poll(() => daemon.events.count).toBe(0);
  expect(await readdir(given.folder)).toEqual(['services.yaml']);
});

it('holds what a source does not tell of any more, as the agent would', async () => {
  const before = sighting('web', instances('10.0.0.1:', 'b', 'c'));
  await writeSnapshot(given.snapshot, [view('file', before), view('docker', before)]);
  expect(await read(`sources: { ${fileSource()} }`)).toEqual(['file web: 10.0.0.1 10.0.0.2 10.0.0.3']);
});

it('fails at once by what does not pass, with the name of the source', async () => {
  await expect(read(`sources: { ${dockerSource()}, ${fileSource('none.yaml')} }`)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining('The source file cannot be read: ') as string,
  });
});

it('waits for a source that is away, and no longer than it may', async () => {
  await daemon.down();
  const text = `apply: { start_wait: 5m }\nsources: { ${dockerSource()} }`;
  const later = read(text);
  daemon.run(web('one', '10.1.0.1'));
  await daemon.up();
  expect(await later).toEqual(['docker web: 10.1.0.1']);
  await daemon.down();
  await expect(read(text.replace('5m', '300ms'))).rejects.toMatchObject({
    code: 'UPSTREAM_UNAVAILABLE',
    message: expect.stringContaining('The source docker cannot be read: ') as string,
  });
});

it('tells that the snapshot is broken, and counts it as none', async () => {
  await writeFile(given.snapshot, 'broken');
  expect(await read(`sources: { ${fileSource()} }`)).toEqual(['file web: 10.0.0.1']);
  expect(failures).toMatchObject([{ code: 'CONFIG_INVALID' }]);
});
