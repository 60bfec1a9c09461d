import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { tries } from '../../support/explorations.ts';
import {
  MemoryTable,
  type TestRegistry,
  candidate,
  inNoTime,
  registryOn,
  running,
  tableName,
} from '../../support/registry/registry.ts';

const row = (ip: string, id = 'c1') => ({ serviceName: 'web', id, ip });
const web = (containers: readonly { id: string; ip: string }[] = []) => candidate('web', {}, { containers });

async function addresses(registry: TestRegistry, payload: object): Promise<Record<string, string>> {
  const { services } = await registry.post(payload);
  const found = services.find(({ serviceName }) => serviceName === 'web');
  return Object.fromEntries((found?.containers ?? []).map(({ id, ip }) => [id, ip]));
}

it.each([
  ['the smaller IPv4 address by number', ['10.0.0.10', '10.0.0.9'], '10.0.0.9'],
  ['the smaller IPv4 address by number', ['10.40.0.2', '10.2.0.2', '9.255.255.255'], '9.255.255.255'],
  ['IPv4 before IPv6', ['2001:db8::1', '10.0.0.1', '::1'], '10.0.0.1'],
  ['IPv4 before IPv4 in IPv6', ['::ffff:10.0.0.1', '10.0.0.2'], '10.0.0.2'],
  ['the smaller IPv6 address by number', ['2001:db8::a', '2001:db8::9', 'fd00::'], '2001:db8::9'],
  ['the smaller IPv6 address by number', ['2001:db8::1:0', '2001:db8::ffff'], '2001:db8::ffff'],
  ['the smaller IPv6 address by number', ['1000::1', 'abc::1'], 'abc::1'],
  ['addresses before names', ['a.internal', 'fd00::1'], 'fd00::1'],
  ['the smaller name by bytes', ['web-b', 'web.b', 'web_b', 'web-a'], 'web-a'],
  ['the smaller name by bytes', ['b9', 'b10'], 'b10'],
])('takes %s of %j', async (_, ips, wanted) => {
  for (const order of [ips, ips.toReversed()]) {
    const asRows = { running: order.map((ip) => row(ip)), candidates: [web()] };
    expect(await addresses(registryOn(new MemoryTable()), asRows)).toEqual({ c1: wanted });
    const asContainers = { running: [], candidates: [web(order.map((ip) => ({ id: 'c1', ip })))] };
    expect(await addresses(registryOn(new MemoryTable()), asContainers)).toEqual({ c1: wanted });
    const asCandidates = { running: [], candidates: order.map((ip) => web([{ id: 'c1', ip }])) };
    expect(await addresses(registryOn(new MemoryTable()), asCandidates)).toEqual({ c1: wanted });
  }
});

it('believes a candidate before all rows, and then keeps its address while it is among them', async () => {
  const registry = registryOn(new MemoryTable());
  const rows = [row('10.0.0.1'), row('10.0.0.3'), row('10.0.0.2')];
  const candidates = [web([{ id: 'c1', ip: '10.0.0.3' }])];
  expect(await addresses(registry, { running: rows, candidates })).toEqual({ c1: '10.0.0.3' });
  expect(await addresses(registry, { running: rows })).toEqual({ c1: '10.0.0.3' });
  expect(await addresses(registry, { running: rows.toReversed() })).toEqual({ c1: '10.0.0.3' });
  expect(await addresses(registry, { running: rows.filter(({ ip }) => ip !== '10.0.0.3') })).toEqual({
    c1: '10.0.0.1',
  });
  expect(await addresses(registry, { running: rows })).toEqual({ c1: '10.0.0.1' });
});

it('keeps what this reporter holds, and not what another one does', async () => {
  const registry = registryOn(new MemoryTable());
  await registry.post({ host: 'h1', running: [], candidates: [web([{ id: 'c1', ip: '10.0.0.3' }])] });
  const rows = [row('10.0.0.3'), row('10.0.0.1')];
  expect(await addresses(registry, { host: 'h2', running: rows })).toEqual({ c1: '10.0.0.1' });
  expect(await addresses(registry, { host: 'h1', running: rows })).toEqual({ c1: '10.0.0.3' });
});

it.each([{ between: [] }, { between: [{ host: 'h2', running: [] }] }])(
  'keeps nothing of a host that was silent too long, after $between',
  async ({ between }) => {
    const registry = registryOn(new MemoryTable(), { HOST_TTL: '60' });
    await registry.post({ host: 'h1', running: [], candidates: [web([{ id: 'c1', ip: '10.0.0.3' }])] });
    registry.time.now += 61_000;
    for (const other of between) await registry.post(other);
    const returns = { host: 'h1', running: [row('10.0.0.3'), row('10.0.0.1')], candidates: [web()] };
    expect(await addresses(registry, returns)).toEqual({ c1: '10.0.0.1' });
  },
);

it('keeps the ids of several services apart', async () => {
  const payload = {
    running: running({ 'web/c1': '10.0.0.2', 'api/c1': '10.0.0.1' }),
    candidates: [web(), candidate('api')],
  };
  const { services } = await registryOn(new MemoryTable()).post(payload);
  expect(services).toMatchObject([
    { containers: [{ ip: '10.0.0.1' }] },
    { containers: [{ ip: '10.0.0.2' }] },
  ]);
});

it("takes Weave's own row for no container, whatever it holds", async () => {
  const expose = { id: 'weave:expose', ip: '10.2.0.1', serviceName: 'web' };
  const odd = [expose, { ...expose, serviceName: '', ip: 'no address' }, { id: 'weave:expose' }];
  const { services, unknown } = await registryOn(new MemoryTable()).post({
    running: [...odd, { ...expose, serviceName: 'ghost' }, row('10.2.0.2'), expose],
    candidates: [web([expose, { id: 'c2', ip: '10.2.0.3' }])],
  });
  expect(services).toMatchObject([{ containers: [{ id: 'c1' }, { id: 'c2' }] }]);
  expect(unknown).toEqual([]);
});

it('counts the places of rows with those of Weave', async () => {
  const body = { table: tableName, running: [row('10.2.0.1', 'weave:expose'), row('300.1.1.1')] };
  const answer = await registryOn(new MemoryTable()).send('POST', '/generate', { body });
  expect(JSON.parse(answer.body.toString())).toMatchObject({ errors: [{ field: 'running[1].ip' }] });
});

it('stores the same and answers the same in any order of the rows', async () => {
  const ip = fc.constantFrom(
    '10.0.0.1',
    '10.0.0.10',
    '9.0.0.1',
    '2001:db8::1',
    'fd00::',
    '::ffff:1.2.3.4',
    'a.internal',
    'b',
  );
  const one = fc.record({
    serviceName: fc.constantFrom('web', 'api', 'ghost'),
    id: fc.constantFrom('c1', 'c2', 'weave:expose'),
    ip,
  });
  const report = fc.record({
    running: fc.array(one, { maxLength: 8 }),
    web: fc.array(fc.record({ id: fc.constantFrom('c1', 'c2'), ip }), { maxLength: 4 }),
  });
  const shuffled = report.chain((before) =>
    report.chain(({ running: rows, web: containers }) =>
      fc
        .tuple(
          fc.shuffledSubarray(rows, { minLength: rows.length }),
          fc.shuffledSubarray(containers, { minLength: containers.length }),
        )
        .map(([mixedRows, mixedContainers]) => ({
          before,
          plain: { rows, containers },
          mixed: { rows: mixedRows, containers: mixedContainers },
        })),
    ),
  );
  const outcome = async (
    first: object,
    { rows, containers }: { rows: object[]; containers: { id: string; ip: string }[] },
  ) => {
    const table = new MemoryTable();
    const registry = registryOn(table, {}, inNoTime);
    await registry.post(first);
    const presentation = await registry.post({
      running: rows,
      candidates: [web(containers), candidate('api')],
    });
    const documents = Object.fromEntries([...table.items.values()].map(({ sk, document }) => [sk, document]));
    return { presentation, documents };
  };
  await fc.assert(
    fc.asyncProperty(shuffled, async ({ before, plain, mixed }) => {
      const first = { running: before.running, candidates: [web(before.web)] };
      expect(await outcome(first, mixed)).toEqual(await outcome(first, plain));
    }),
    tries(),
  );
});
