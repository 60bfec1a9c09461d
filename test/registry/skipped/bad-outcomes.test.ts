import { beforeEach, describe, expect, it } from 'vitest';
import {
  MemoryTable,
  type TestRegistry,
  candidate,
  registryOn,
  running,
} from '../../support/registry/registry.ts';
import { type Skipped, postTo } from '../../support/registry/skipped.ts';

let table: MemoryTable;
let registry: TestRegistry;

const skipping = { BAD_CANDIDATES: 'skip' };
const good = candidate('good', { g1: '10.0.0.9' });
const send = (payload: object): Promise<Skipped> => postTo(registry, payload);

beforeEach(() => {
  table = new MemoryTable();
  registry = registryOn(table, skipping);
});

describe('a contested route', () => {
  const claim = (name: string, predicate: string, parts: object = {}) =>
    candidate(name, { [`${name}1`]: '10.0.0.1' }, { predicate, ...parts });

  it('drops the candidate that claims it, and no other', async () => {
    await send({ host: 'h1', candidates: [claim('owner', 'x.example')] });
    const answer = await send({ host: 'h2', candidates: [claim('thief', 'x.example:81'), good] });
    expect(answer).toMatchObject({
      services: { owner: ['owner1'], good: ['g1'] },
      unknown: ['thief/thief1'],
      header: 'candidates[0]',
      rejected: [
        {
          field: 'candidates[0]',
          message: 'claims x.example for the service thief, which the service owner has; ports do not count',
        },
      ],
    });
  });

  it('goes to the first of several new candidates', async () => {
    const candidates = [claim('one', 'x.example'), claim('two', 'x.example'), claim('three', 'x.example')];
    const answer = await send({ candidates });
    expect(answer).toMatchObject({ services: { one: ['one1'] }, header: 'candidates[1],candidates[2]' });
    expect(await send({ candidates })).toEqual(answer);
  });

  it('goes to the next candidate when the first is left out for another reason', async () => {
    await send({ host: 'h1', candidates: [claim('owner', 'y.example')] });
    const candidates = [claim('one', 'x.example', { hosts: ['y.example'] }), claim('two', 'x.example')];
    const answer = await send({ host: 'h2', candidates });
    expect(answer).toMatchObject({ services: { owner: ['owner1'], two: ['two1'] }, header: 'candidates[0]' });
  });

  it('stays with a stored service whose own candidate is left out', async () => {
    const before = [claim('a', 'a.example'), claim('b', 'b.example'), claim('c', 'c.example')];
    await send({ candidates: before });
    const moved = [claim('a', 'b.example'), claim('b', 'c.example'), claim('c', 'd.example', { port: 0 })];
    const answer = await send({ candidates: moved });
    expect(answer).toMatchObject({ header: 'candidates[0],candidates[1],candidates[2]' });
    const stored = await registry.send('GET', '/services');
    expect(JSON.parse(stored.body.toString())).toMatchObject({
      services: [{ predicate: 'a.example' }, { predicate: 'b.example' }, { predicate: 'c.example' }],
    });
  });

  it('is none where routes are swapped or a service is renamed', async () => {
    await send({ candidates: [claim('a', 'a.example'), claim('b', 'b.example')] });
    const swapped = await send({ candidates: [claim('a', 'b.example'), claim('b', 'a.example')] });
    expect(swapped).toMatchObject({ header: undefined, rejected: [] });
    expect(await send({ candidates: [claim('c', 'b.example')] })).toMatchObject({
      services: { c: ['c1'] },
      rejected: [],
    });
  });

  it('is found in a long chain of moves', async () => {
    const names = Array.from({ length: 100 }, (_, at) => `s${at}`);
    await send({ candidates: names.map((name) => claim(name, `${name}.example`)) });
    const moves = names.map((name, at) => claim(name, `s${at + 1}.example`, at === 99 ? { port: 0 } : {}));
    expect((await send({ candidates: moves })).rejected).toHaveLength(100);
  });
});

describe('a loop', () => {
  it('drops the candidate, whose containers count for what is stored', async () => {
    await send({ candidates: [candidate('web', { w1: '10.0.0.1' }, { port: 8081 })] });
    const loop = candidate('web', { w2: '127.0.0.1' }, { port: 80 });
    const answer = await send({ candidates: [loop, good] });
    expect(answer).toMatchObject({
      services: { web: ['w2'], good: ['g1'] },
      header: 'candidates[0]',
      rejected: [{ field: 'candidates[0].containers[0].ip' }],
    });
  });

  it('drops the container too when it leads back with what is stored', async () => {
    await registryOn(table, { ...skipping, BIND: ':81' }).post({
      running: [],
      candidates: [candidate('web', { w1: '10.0.0.1' }, { port: 80 })],
    });
    const loop = candidate('web', { w1: '10.0.0.1', w2: '127.0.0.1' }, { port: 80, cookie: 'SID' });
    expect(await send({ candidates: [loop] })).toMatchObject({
      services: { web: ['w1'] },
      header: 'candidates[0],candidates[0].containers[1]',
    });
  });

  it('drops the row of running alone', async () => {
    const answer = await send({
      running: running({ 'web/w1': '127.0.0.1', 'web/w2': '10.0.0.2', 'good/g2': '127.0.0.1' }),
      candidates: [candidate('web', {}, { port: 80 }), good],
    });
    expect(answer).toMatchObject({ services: { web: ['w2'], good: ['g1', 'g2'] }, header: 'running[0]' });
  });
});
