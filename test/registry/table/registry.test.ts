import { describe, expect, it } from 'vitest';
import type { Presentation } from '../../../src/registry/config-file/table-config.ts';
import { candidate, registryOn, running, soon, tableName } from '../../support/registry/registry.ts';
import { useTable } from '../../support/registry/use-table.ts';

const given = useTable();

const names = ({ services }: Presentation): string[] => services.map(({ serviceName }) => serviceName);

function containers({ services }: Presentation, name: string): Record<string, string> {
  const found = services.find(({ serviceName }) => serviceName === name);
  return Object.fromEntries((found?.containers ?? []).map(({ id, ip }) => [id, ip]));
}

describe('what the reference meant to do', () => {
  it('keeps every stored service that runs, not only the first', async () => {
    const registry = registryOn(given.table);
    const candidates = ['a', 'b', 'c'].map((name) => candidate(name, { [`${name}1`]: '10.0.0.1' }));
    await registry.post({ running: [], candidates });
    const after = await registry.post({
      running: running({ 'a/a1': '10.0.0.1', 'b/b1': '10.0.0.1', 'c/c1': '10.0.0.1' }),
    });
    expect(names(after)).toEqual(['a', 'b', 'c']);
  });

  it('drops the services and containers that no longer run', async () => {
    const registry = registryOn(given.table);
    const all = { a1: '10.0.0.1', a2: '10.0.0.2' };
    await registry.post({
      running: [],
      candidates: [candidate('a', all), candidate('b', { b1: '10.0.0.3' })],
    });
    const after = await registry.post({ running: running({ 'a/a2': '10.0.0.2' }) });
    expect(names(after)).toEqual(['a']);
    expect(containers(after, 'a')).toEqual({ a2: '10.0.0.2' });
  });

  it('handles a stop event, which has no candidates', async () => {
    const registry = registryOn(given.table);
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    expect(names(await registry.post({ running: [] }))).toEqual([]);
    expect(await given.table.rows(tableName, soon())).toHaveLength(1);
  });

  it('lets port, predicate, cookie and mode of a stored service take effect at once', async () => {
    const registry = registryOn(given.table);
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' }, { cookie: 'SID' })] });
    const changed = { port: 9090, configMode: 'path', predicate: '/new' };
    const after = await registry.post({
      running: [],
      candidates: [candidate('a', { a1: '10.0.0.1' }, changed)],
    });
    expect(after.services).toEqual([
      {
        serviceName: 'a',
        configMode: 'path',
        predicate: '/new',
        port: 9090,
        containers: [{ id: 'a1', ip: '10.0.0.1' }],
      },
    ]);
  });

  it('adds containers that start elsewhere to the service', async () => {
    const registry = registryOn(given.table);
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    const after = await registry.post({
      running: running({ 'a/a1': '10.0.0.1', 'a/a2': '10.0.0.2' }),
      candidates: [candidate('a', { a3: '10.0.0.3' })],
    });
    expect(containers(after, 'a')).toEqual({ a1: '10.0.0.1', a2: '10.0.0.2', a3: '10.0.0.3' });
  });

  it('merges one id with two addresses into one server with the newest', async () => {
    const registry = registryOn(given.table);
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    const after = await registry.post({
      running: running({ 'a/a1': '10.0.0.2' }),
      candidates: [candidate('a', { a1: '10.0.0.3' })],
    });
    expect(containers(after, 'a')).toEqual({ a1: '10.0.0.3' });
  });

  it('makes one backend of a service that is a candidate twice', async () => {
    const twice = [candidate('a', { a1: '10.0.0.1' }), candidate('a', { a2: '10.0.0.2' })];
    const { config, services } = await registryOn(given.table).post({ running: [], candidates: twice });
    expect(config.match(/^backend r_a\./gm)).toHaveLength(1);
    expect(services[0]?.containers).toHaveLength(2);
  });

  it('tells ("a", "bc") from ("ab", "c")', async () => {
    const registry = registryOn(given.table);
    const candidates = [candidate('a', { bc: '10.0.0.1' }), candidate('ab', { c: '10.0.0.2' })];
    const after = await registry.post({ running: [], candidates });
    expect(containers(after, 'a')).toEqual({ bc: '10.0.0.1' });
    expect(containers(after, 'ab')).toEqual({ c: '10.0.0.2' });
  });

  it('names running containers of services that nobody defined', async () => {
    const { unknown } = await registryOn(given.table).post({ running: running({ 'ghost/g1': '10.0.0.9' }) });
    expect(unknown).toEqual([{ serviceName: 'ghost', id: 'g1', ip: '10.0.0.9' }]);
  });

  it('gives the same bytes whatever the order, and ends the file with a line feed', async () => {
    const registry = registryOn(given.table);
    const candidates = ['b', 'a', 'c'].map((name) => candidate(name, { y: '10.0.0.2', x: '10.0.0.1' }));
    const first = await registry.post({ running: [], candidates });
    const second = await registry.post({ running: [], candidates: candidates.toReversed() });
    expect(second.config).toBe(first.config);
    expect(first.config.endsWith('\n')).toBe(true);
    expect(second.revision).toBe(first.revision);
  });
});

describe('many hosts', () => {
  it("takes a host's list as the truth for that host only", async () => {
    const registry = registryOn(given.table);
    await registry.post({ host: 'h1', running: [], candidates: [candidate('a', { a1: '10.0.1.1' })] });
    await registry.post({ host: 'h2', running: [], candidates: [candidate('b', { b1: '10.0.2.1' })] });
    await registry.post({ host: 'h2', running: running({ 'a/a2': '10.0.2.2' }) });
    const after = await registry.post({ host: 'h1', running: running({ 'a/a1': '10.0.1.1' }) });
    expect(names(after)).toEqual(['a']);
    expect(containers(after, 'a')).toEqual({ a1: '10.0.1.1', a2: '10.0.2.2' });
  });

  it('counts payloads without a host as one more host', async () => {
    const registry = registryOn(given.table);
    await registry.post({ host: 'h1', running: [], candidates: [candidate('a', { a1: '10.0.1.1' })] });
    await registry.post({ running: [], candidates: [candidate('b', { b1: '10.0.2.1' })] });
    expect(names(await registry.post({ running: [] }))).toEqual(['a']);
  });

  it('keeps logical tables apart', async () => {
    const registry = registryOn(given.table, { TABLES: `${tableName},other` });
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    await registry.post({ table: 'other', running: [] });
    expect(names(await registry.view(tableName, soon()))).toEqual(['a']);
    for (const row of await given.table.rows('other', soon()))
      await given.table.remove(row, row.revision, soon());
  });

  it('believes the reporter about an address, and otherwise the latest report', async () => {
    const registry = registryOn(given.table);
    await registry.post({ host: 'h1', running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    registry.time.now += 1_000;
    const second = await registry.post({ host: 'h2', running: running({ 'a/a1': '10.0.0.2' }) });
    expect(containers(second, 'a')).toEqual({ a1: '10.0.0.2' });
    expect(containers(await registry.view(tableName, soon()), 'a')).toEqual({ a1: '10.0.0.2' });
    const own = await registry.post({ host: 'h1', running: running({ 'a/a1': '10.0.0.1' }) });
    expect(containers(own, 'a')).toEqual({ a1: '10.0.0.1' });
  });

  it('drops the instances of a host that has been silent for HOST_TTL', async () => {
    const registry = registryOn(given.table, { HOST_TTL: '60' });
    await registry.post({ host: 'h1', running: [], candidates: [candidate('a', { a1: '10.0.1.1' })] });
    registry.time.now += 59_000;
    expect(names(await registry.view(tableName, soon()))).toEqual(['a']);
    registry.time.now += 2_000;
    expect(names(await registry.view(tableName, soon()))).toEqual([]);
    await registry.post({ host: 'h2', running: [] });
    expect((await given.table.rows(tableName, soon())).map(({ sk }) => sk)).toEqual(['HOST#h2']);
  });

  it('renews a heartbeat that is longer than a HOST_TTL that was shortened', async () => {
    const report = { host: 'h1', running: running({ 'a/a1': '10.0.1.1' }), candidates: [candidate('a')] };
    for (const HOST_TTL of ['600', '0', '60']) await registryOn(given.table, { HOST_TTL }).post(report);
    const later = registryOn(given.table, { HOST_TTL: '60' });
    later.time.now += 61_000;
    expect(names(await later.view(tableName, soon()))).toEqual([]);
    await registryOn(given.table, { HOST_TTL: '600' }).post(report);
    await registryOn(given.table, { HOST_TTL: '60' }).post(report);
    expect(names(await later.view(tableName, soon()))).toEqual([]);
  });

  it('renews a heartbeat after a third of HOST_TTL, and not before', async () => {
    const registry = registryOn(given.table, { HOST_TTL: '60' });
    const report = { host: 'h1', running: running({ 'a/a1': '10.0.1.1' }), candidates: [candidate('a')] };
    await registry.post(report);
    const [before] = await given.table.rows(tableName, soon());
    registry.time.now += 19_000;
    await registry.post(report);
    expect((await given.table.rows(tableName, soon()))[0]).toEqual(before);
    registry.time.now += 2_000;
    await registry.post(report);
    registry.time.now += 58_000;
    expect(names(await registry.view(tableName, soon()))).toEqual(['a']);
  });
});

describe('reads and writes', () => {
  it('reads once and writes nothing for a payload without news', async () => {
    const registry = registryOn(given.table);
    const payload = { host: 'h1', running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] };
    await registry.post(payload);
    const before = given.table.calls();
    await registry.post(payload);
    expect(given.table.calls() - before).toBe(1);
  });

  it('refuses a host that reports more than an item holds, and stores nothing', async () => {
    const many = Array.from({ length: 6_000 }, (_, at) => ({
      serviceName: 'a',
      id: `${'c'.repeat(60)}${at}`,
      ip: '10.0.0.1',
    }));
    await expect(registryOn(given.table).post({ running: many })).rejects.toMatchObject({ status: 413 });
    expect(await given.table.rows(tableName, soon())).toEqual([]);
  });

  it('refuses what makes the configuration larger than 5 MB, and stores nothing', async () => {
    const hosts = Array.from({ length: 50 }, (_, at) => `${'h'.repeat(60)}.${'i'.repeat(60)}.${at}.example`);
    const paths = Array.from({ length: 50 }, (_, at) => `/${'p'.repeat(100)}/${at}`);
    const candidates = Array.from({ length: 4 }, (_, at) =>
      candidate(
        `s${at}`,
        { c1: '10.0.0.1' },
        { predicate: `s${at}.example`, hosts: hosts.map((host) => `s${at}${host}`), paths },
      ),
    );
    await expect(registryOn(given.table).post({ running: [], candidates })).rejects.toMatchObject({
      status: 413,
    });
    expect(await given.table.rows(tableName, soon())).toEqual([]);
  });

  it('refuses the routes of few words that would be very many', async () => {
    const words = Array.from({ length: 50 }, (_, at) => `w${at}`);
    const candidates = Array.from({ length: 2_000 }, (_, at) =>
      candidate(
        `s${at}`,
        { c1: '10.0.0.1' },
        { hosts: words.map((word) => `${word}.s${at}.x`), paths: words },
      ),
    );
    await expect(registryOn(given.table).post({ running: [], candidates })).rejects.toMatchObject({
      status: 413,
    });
  });

  it('refuses to guess what a newer version wrote', async () => {
    const registry = registryOn(given.table);
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    const [row] = await given.table.rows(tableName, soon());
    if (!row) throw new Error('there is a row');
    await given.table.put({ ...row, schema: 2 }, row.revision, soon());
    await expect(registry.view(tableName, soon())).rejects.toThrow('has the schema 2');
  });

  it('forgets a service on request', async () => {
    const registry = registryOn(given.table);
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    expect(await registry.forget(tableName, 'a', soon())).toBe(true);
    expect(await registry.forget(tableName, 'a', soon())).toBe(false);
    expect((await registry.view(tableName, soon())).unknown).toMatchObject([{ serviceName: 'a', id: 'a1' }]);
  });
});
