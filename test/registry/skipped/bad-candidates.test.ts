import { beforeEach, describe, expect, it } from 'vitest';
import {
  MemoryTable,
  type TestRegistry,
  candidate,
  registryOn,
  running,
  soon,
  tableName,
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

const fields = ({ rejected }: Skipped): string[] => rejected.map(({ field }) => field);

describe('a candidate with an invalid field', () => {
  it('is left out alone, and its containers run all the same', async () => {
    const bad = candidate('bad', { b1: '10.0.0.1' }, { port: '0x50', colour: 'red', cookie: ' SID' });
    const answer = await send({ candidates: [good, bad] });
    expect(answer).toMatchObject({
      status: 200,
      services: { good: ['g1'] },
      unknown: ['bad/b1'],
      header: 'candidates[1]',
    });
    expect(answer.rejected).toContainEqual({
      field: 'candidates[1].port',
      message: 'must be a port from 1 to 65535, not "0x50"',
    });
    expect(fields(answer).toSorted()).toEqual([
      'candidates[1].colour',
      'candidates[1].cookie',
      'candidates[1].port',
    ]);
  });

  it('leaves a stored service its definition, and its containers to it', async () => {
    await send({ host: 'h1', candidates: [candidate('web', { w1: '10.0.0.1' }, { cookie: 'SID' })] });
    const answer = await send({
      host: 'h1',
      candidates: [candidate('web', { w2: '10.0.0.2' }, { port: 0 })],
    });
    expect(answer).toMatchObject({ services: { web: ['w2'] }, header: 'candidates[0]' });
    const stored = await registry.send('GET', '/services/web');
    expect(JSON.parse(stored.body.toString())).toMatchObject({ port: 8080, cookie: 'SID' });
  });

  it.each([
    [null, 'candidates[0]'],
    ['text', 'candidates[0]'],
    [[], 'candidates[0]'],
    [{}, 'candidates[0].serviceName'],
    [candidate('a', {}, { containers: undefined }), 'candidates[0].containers'],
    [candidate('a', {}, { containers: {} }), 'candidates[0].containers'],
    [candidate('a', {}, { tls: true }), 'candidates[0].tls'],
    [candidate('a', {}, { strip: true }), 'candidates[0].strip'],
    [candidate('a', {}, { predicate: 'http://a' }), 'candidates[0].predicate'],
    [candidate('a', {}, { hosts: ['b.example', 'a/b'] }), 'candidates[0].hosts[1]'],
  ])('is left out: %j', async (bad, field) => {
    const answer = await send({ candidates: [bad, good] });
    expect(answer).toMatchObject({ services: { good: ['g1'] }, header: 'candidates[0]' });
    expect(fields(answer)).toContain(field);
  });

  it('brings containers whose address comes before no other', async () => {
    const candidates = [
      candidate('good', { g1: '10.0.0.9' }),
      candidate('bad', { b1: '10.0.0.2' }, { port: 0 }),
    ];
    await send({ running: running({ 'bad/b1': '10.0.0.1' }), candidates });
    const { unknown } = await registry.view(tableName, soon());
    expect(unknown).toEqual([{ serviceName: 'bad', id: 'b1', ip: '10.0.0.1' }]);
  });

  it('brings no containers when the name is at fault', async () => {
    const answer = await send({ candidates: [candidate('a b', { c1: '10.0.0.1' }), good] });
    expect(answer).toMatchObject({ unknown: [], services: { good: ['g1'] }, header: 'candidates[0]' });
  });
});

describe('a bad row', () => {
  it('of running or of the containers is left out alone', async () => {
    const answer = await send({
      running: [
        ...running({ 'good/g1': '10.0.0.1', 'good/g2': '300.1.1.1', 'good/g3': '10.0.0.3' }),
        null,
        { serviceName: 'good', id: 'g4' },
        { serviceName: 'good', id: 'g5', ip: '10.0.0.5', extra: 1 },
      ],
      candidates: [candidate('good', { g6: '10.0.0.6', g7: '127.1', 'g 8': '10.0.0.8' })],
    });
    expect(answer).toMatchObject({
      services: { good: ['g1', 'g3', 'g6'] },
      header:
        'candidates[0].containers[1],candidates[0].containers[2],running[1],running[3],running[4],running[5]',
    });
    expect(fields(answer)).toEqual([
      'candidates[0].containers[1].ip',
      'candidates[0].containers[2].id',
      'running[1].ip',
      'running[3]',
      'running[4].ip',
      'running[5].extra',
    ]);
  });

  it('of a candidate that is left out too is named besides it', async () => {
    const bad = candidate('bad', { b1: '10.0.0.1', b2: '::' }, { port: 0 });
    expect(await send({ candidates: [bad] })).toMatchObject({
      unknown: ['bad/b1'],
      header: 'candidates[0],candidates[0].containers[1]',
    });
  });

  it('is told in the order of candidates and then of running, by number', async () => {
    const candidates = Array.from({ length: 12 }, (_, at) =>
      candidate(`c${at}`, {}, { port: at % 9 === 2 ? 0 : 80 }),
    );
    expect((await send({ running: [{}], candidates })).header).toBe(
      'candidates[2],candidates[11],running[0]',
    );
  });
});

describe('several candidates of one name', () => {
  const web = (id: string, parts: object = {}) => candidate('web', { [id]: '10.0.0.1' }, parts);

  it('leave out those that differ from the first, and keep their containers', async () => {
    const answer = await send({ candidates: [web('w1'), web('w2', { port: 9 }), web('w3')] });
    expect(answer).toMatchObject({
      services: { web: ['w1', 'w2', 'w3'] },
      header: 'candidates[1]',
      rejected: [{ field: 'candidates[1].serviceName' }],
    });
  });

  it.each([
    { fault: 'a field is invalid', first: { port: 0 } },
    { fault: 'its route is contested', first: { hosts: ['good.example.com'] } },
  ])('follow the next one when the first is left out since $fault', async ({ first }) => {
    await send({ host: 'h1', candidates: [good] });
    const answer = await send({
      host: 'h2',
      candidates: [web('w1', first), web('w2', { port: 81 }), web('w3', { port: 82 })],
    });
    expect(answer).toMatchObject({
      services: { web: ['w1', 'w2', 'w3'] },
      header: 'candidates[0],candidates[2]',
    });
    const stored = await registry.send('GET', '/services/web');
    expect(JSON.parse(stored.body.toString())).toMatchObject({ port: 81 });
  });
});

describe('what stays refused', () => {
  it.each([
    [{ table: '' }, 'table'],
    [{ host: '*' }, 'host'],
    [{ running: undefined }, 'running'],
    [{ running: {} }, 'running'],
    [{ candidates: {} }, 'candidates'],
    [{ colour: 'red' }, 'colour'],
  ])('%j', async (parts, field) => {
    const body = { table: tableName, running: [], candidates: [candidate('bad', {}, { port: 0 })], ...parts };
    const answer = await registry.send('POST', '/generate', { body });
    expect(answer).toMatchObject({ status: 400 });
    expect(JSON.parse(answer.body.toString())).toMatchObject({ errors: [{ field }] });
    expect(table.items.size).toBe(0);
  });

  it('is everything where nothing is to be skipped, and no list tells of it', async () => {
    const refusing = registryOn(table);
    const body = { table: tableName, running: [], candidates: [good, candidate('bad', {}, { port: 0 })] };
    expect(await refusing.send('POST', '/generate', { body })).toMatchObject({ status: 400 });
    const accepted = await postTo(refusing, { candidates: [good] });
    expect(accepted).toMatchObject({ header: undefined, rejected: undefined });
  });
});

it('tells of what is skipped with 304 too, and stores it once', async () => {
  const body = {
    table: tableName,
    running: [],
    candidates: [good, candidate('bad', { b1: '10.0.0.1' }, { port: 0 })],
  };
  const first = await registry.send('POST', '/generate', { body });
  const calls = table.calls();
  const headers = { 'if-none-match': first.headers['etag'] ?? '' };
  const again = await registry.send('POST', '/generate', { body, headers });
  expect(again).toMatchObject({ status: 304, headers: { 'x-rejected': 'candidates[1]' } });
  expect(table.calls() - calls).toBe(1);
});

it('cuts a long list of what is skipped', async () => {
  const answer = await send({ running: Array.from({ length: 2_000 }, () => null), candidates: [good] });
  expect(answer.header?.length).toBeLessThanOrEqual(4_000);
  expect(answer.header).toMatch(/^running\[0\],.*,\.\.\.$/);
  expect(answer.rejected).toHaveLength(1_000);
});

it('judges what was accepted no more when others write meanwhile', async () => {
  await send({ host: 'h1', candidates: [candidate('web', { w1: '10.0.0.1' })] });
  let raced = false;
  table.before = async (operation, key) => {
    if (operation !== 'put' || key !== 'SVC#new' || raced) return;
    raced = true;
    await registryOn(new MemoryTable(table.items), skipping).post({
      host: 'h3',
      running: [],
      candidates: [candidate('new', { n3: '10.0.0.3' })],
    });
  };
  const bad = candidate('thief', { t1: '10.0.0.2' }, { predicate: 'web.example.com' });
  const answer = await send({
    host: 'h2',
    candidates: [bad, candidate('new', { n2: '10.0.0.4' }, { port: 81 })],
  });
  expect(raced).toBe(true);
  expect(answer).toMatchObject({ services: { web: ['w1'], new: ['n2', 'n3'] }, header: 'candidates[0]' });
});
