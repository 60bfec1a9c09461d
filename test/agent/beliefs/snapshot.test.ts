import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSnapshot, writeSnapshot } from '../../../src/agent/beliefs/snapshot.ts';
import type { SeenInstance, Sighting } from '../../../src/agent/model/sighting.ts';
import { instance, instances, sighting, view } from '../../support/agent/sightings.ts';
import { tries } from '../../support/explorations.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapshot-'));
  file = join(folder, 'snapshot.json');
});
afterEach(() => rm(folder, { recursive: true }));

const text = fc.string({ unit: 'binary', maxLength: 12 });
const attributes = fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor')), text);
const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const route = fc.record(
  {
    host: text,
    path: text,
    strip: fc.boolean(),
    scheme: fc.constantFrom('http' as const, 'https' as const),
    percent: fc.integer(),
    tls: fc.boolean(),
  },
  { requiredKeys: [] },
);
const seenInstance: fc.Arbitrary<SeenInstance> = fc.record({
  id: text,
  address: text,
  port: some(fc.integer()),
  weight: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  state: fc.constantFrom('ready' as const, 'drain' as const),
  attributes,
  routes: fc.array(route, { maxLength: 2 }),
});
const seen: fc.Arbitrary<Sighting> = fc.record(
  {
    service: text,
    instances: fc.array(seenInstance, { maxLength: 3 }),
    attributes,
    fallback: fc.array(route, { maxLength: 2 }),
    isFunction: fc.boolean(),
  },
  { requiredKeys: ['service', 'instances', 'fallback', 'isFunction'] },
);

describe('a snapshot', () => {
  it('is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(seen, { maxLength: 4 }), async (sightings) => {
        await writeSnapshot(file, [view('consul', ...sightings), view('file')]);
        const expected = new Map([
          ['file', []],
          ['consul', sightings],
        ]);
        expect(await readSnapshot(file)).toEqual(expected);
      }),
      tries(50),
    );
  });

  it('is for its owner alone, takes the place of another, and leaves nothing beside it', async () => {
    await writeFile(file, 'another', { mode: 0o644 });
    await chmod(file, 0o644);
    await writeSnapshot(file, [view('docker', sighting('web', instances('a')))]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['snapshot.json']);
    expect([...(await readSnapshot(file)).keys()]).toEqual(['docker']);
  });

  it('is empty where there is none', async () => {
    expect(await readSnapshot(file)).toEqual(new Map());
  });

  it('has no sources that nobody knows', async () => {
    const sources = { consul: [sighting('web', [instance('a')])], nomad: [sighting('web', [instance('b')])] };
    await writeFile(file, JSON.stringify({ version: 1, sources }));
    expect([...(await readSnapshot(file)).keys()]).toEqual(['consul']);
  });

  it.each([
    ['cut off', '{"version":1,"sources":{"consul":[{"serv'],
    ['of another version', '{"version":2,"sources":{}}'],
    ['something else', '[]'],
    ['of services that are none', '{"version":1,"sources":{"consul":[{"service":1}]}}'],
    ['of states that are none', JSON.stringify(withState('gone'))],
  ])('that is %s is none', async (_what, content) => {
    await writeFile(file, content);
    await expect(readSnapshot(file)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${file} is not what this program writes there, and so nothing is known of before`,
    });
  });

  it('that cannot be read is told', async () => {
    await expect(readSnapshot(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('that cannot be written leaves the one before', async () => {
    await writeSnapshot(file, []);
    const before = await readFile(file, 'utf8');
    await expect(writeSnapshot(join(folder, 'none', 'snapshot.json'), [])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});

function withState(state: string) {
  const web = sighting('web', [{ ...instance('a'), state: state as 'ready' }]);
  return { version: 1, sources: { consul: [web] } };
}
