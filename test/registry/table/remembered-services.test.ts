import { describe, expect, it } from 'vitest';
import type { Presentation } from '../../../src/registry/config-file/table-config.ts';
import { candidate, registryOn, running, soon, tableName } from '../../support/registry/registry.ts';
import { useTable } from '../../support/registry/use-table.ts';

const given = useTable();

const names = ({ services }: Presentation): string[] => services.map(({ serviceName }) => serviceName);

describe('a service without instances', () => {
  it('is remembered for SERVICE_GRACE, holds its route and answers 503 meanwhile', async () => {
    const registry = registryOn(given.table, { SERVICE_GRACE: '60' });
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    const idle = await registry.post({ running: [] });
    expect(idle.services).toMatchObject([{ serviceName: 'a', containers: [] }]);
    const taken = registry.post({
      running: [],
      candidates: [candidate('b', { b1: '10.0.0.2' }, { predicate: 'a.example.com' })],
    });
    await expect(taken).rejects.toMatchObject({ status: 409 });
    registry.time.now += 61_000;
    expect(names(await registry.view(tableName, soon()))).toEqual([]);
    await registry.post({ running: [] });
    expect((await given.table.rows(tableName, soon())).map(({ sk }) => sk)).toEqual(['HOST#*']);
  });

  it('leaves its route to the service that its host renames it to', async () => {
    const registry = registryOn(given.table, { SERVICE_GRACE: '60' });
    await registry.post({ host: 'h1', running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    const renamed = candidate('b', { b1: '10.0.0.2' }, { predicate: 'a.example.com' });
    const after = await registry.post({ host: 'h1', running: [], candidates: [renamed] });
    expect(after.config).toContain('server s_b1 10.0.0.2:8080');
    expect(after.config).not.toContain('10.0.0.1');
    registry.time.now += 61_000;
    expect(names(await registry.post({ host: 'h1', running: [], candidates: [renamed] }))).toEqual(['b']);
  });

  it('keeps its route from another service while it has an instance elsewhere', async () => {
    const registry = registryOn(given.table, { SERVICE_GRACE: '60' });
    await registry.post({ host: 'h1', running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
    await registry.post({ host: 'h2', running: running({ 'a/a2': '10.0.0.2' }) });
    const claim = candidate('b', { b1: '10.0.0.3' }, { predicate: 'a.example.com' });
    const posted = registry.post({ host: 'h1', running: [], candidates: [claim] });
    await expect(posted).rejects.toMatchObject({ status: 409 });
  });

  it.each(['still there', 'removed by DynamoDB'])(
    'is remembered from the end of its silent host, whose item is %s',
    async (item) => {
      const registry = registryOn(given.table, { SERVICE_GRACE: '60', HOST_TTL: '100' });
      await registry.post({ host: 'h1', running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] });
      registry.time.now += 150_000;
      expect(names(await registry.view(tableName, soon()))).toEqual(['a']);
      registry.time.now += 11_000;
      for (const row of await given.table.rows(tableName, soon())) {
        if (item !== 'still there' && row.sk === 'HOST#h1')
          await given.table.remove(row, row.revision, soon());
      }
      expect(names(await registry.view(tableName, soon()))).toEqual([]);
      expect(names(await registry.post({ host: 'h2', running: [] }))).toEqual([]);
      expect((await given.table.rows(tableName, soon())).map(({ sk }) => sk)).toEqual(['HOST#h2']);
    },
  );

  it('is made anew by a candidate once its time is over', async () => {
    const registry = registryOn(given.table, { SERVICE_GRACE: '60' });
    await registry.post({ running: [], candidates: [candidate('a')] });
    registry.time.now += 61_000;
    expect(names(await registry.post({ running: [], candidates: [candidate('a')] }))).toEqual(['a']);
    registry.time.now += 59_000;
    expect(names(await registry.view(tableName, soon()))).toEqual(['a']);
  });

  describe.each([
    { end: 'its grace has', environment: { SERVICE_GRACE: '60' }, pause: 61_000, stops: true },
    { end: 'its grace has', environment: { SERVICE_GRACE: '60' }, pause: 60_000, stops: true },
    { end: 'its host has', environment: { HOST_TTL: '60' }, pause: 61_000, stops: false },
    {
      end: 'the grace after its host has',
      environment: { HOST_TTL: '60', SERVICE_GRACE: '60' },
      pause: 121_000,
      stops: false,
    },
  ])('when $end ended ($environment, $pause ms)', ({ environment, pause, stops }) => {
    const before = { running: [], candidates: [candidate('a', { a1: '10.0.0.1' })] };
    const returns = { running: running({ 'a/a1': '10.0.0.1' }) };

    it.each([
      { by: 'its host', host: 'h1', between: [] },
      { by: 'its host after another one looked', host: 'h1', between: ['h2'] },
      { by: 'another host', host: 'h2', between: [] },
      { by: 'another host after its own looked', host: 'h2', between: ['h1'] },
      { by: 'another host after a third one looked', host: 'h2', between: ['h3'] },
      { by: 'payloads without a host', host: undefined, between: [] },
    ])('is unknown to a report that it runs by $by', async ({ host, between }) => {
      const registry = registryOn(given.table, environment);
      await registry.post({ host: 'h1', ...before });
      if (stops) await registry.post({ host: 'h1', running: [] });
      registry.time.now += pause;
      for (const other of between) await registry.post({ host: other, running: [] });
      const answer = await registry.post({ ...returns, host });
      expect(answer).toMatchObject({ services: [], unknown: [{ serviceName: 'a', id: 'a1' }] });
      const later = await registry.post({ host: 'h4', running: running({ 'a/a4': '10.0.0.4' }) });
      expect(later).toMatchObject({ services: [], unknown: [{ id: 'a1' }, { id: 'a4' }] });
      expect((await given.table.rows(tableName, soon())).filter(({ sk }) => sk.startsWith('SVC#'))).toEqual(
        [],
      );
    });
  });

  it('comes back with its definition when a container starts in time', async () => {
    const registry = registryOn(given.table, { SERVICE_GRACE: '60' });
    await registry.post({ running: [], candidates: [candidate('a', { a1: '10.0.0.1' }, { cookie: 'SID' })] });
    await registry.post({ running: [] });
    registry.time.now += 30_000;
    const back = await registry.post({ running: running({ 'a/a2': '10.0.0.2' }) });
    expect(back.services).toMatchObject([{ serviceName: 'a', cookie: 'SID', containers: [{ id: 'a2' }] }]);
    registry.time.now += 60_000;
    expect(names(await registry.view(tableName, soon()))).toEqual(['a']);
  });
});
