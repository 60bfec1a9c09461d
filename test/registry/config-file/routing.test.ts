import { expect, it } from 'vitest';
import { routesOf } from '../../../src/registry/config-file/routing.ts';
import type { Presentation } from '../../../src/registry/config-file/table-config.ts';
import { candidate, registryOn, running, soon, tableName } from '../../support/registry/registry.ts';
import { useTable } from '../../support/registry/use-table.ts';

const given = useTable();

const names = ({ services }: Presentation): string[] => services.map(({ serviceName }) => serviceName);

const web = candidate('web', { w1: '10.0.0.1' });

it('refuses a candidate that newly claims the route of another service, and stores nothing', async () => {
  const registry = registryOn(given.table);
  await registry.post({ host: 'h1', running: [], candidates: [web] });
  const before = await given.table.rows(tableName, soon());
  const claim = candidate('thief', { t1: '10.0.0.2' }, { hosts: ['WEB.example.com.'] });
  await expect(registry.post({ host: 'h2', running: [], candidates: [claim] })).rejects.toMatchObject({
    status: 409,
    faults: [
      { field: 'candidates[0]', message: expect.stringMatching(/web\.example\.com.*thief.*web/) as string },
    ],
  });
  expect(await given.table.rows(tableName, soon())).toEqual(before);
});

it('refuses two candidates of one payload on one backend name', async () => {
  const candidates = [
    candidate('name', { a: '10.0.0.1' }, { predicate: '2001_db8__1' }),
    candidate('address', { b: '10.0.0.2' }, { predicate: '[2001:db8::1]' }),
  ];
  await expect(registryOn(given.table).post({ running: [], candidates })).rejects.toMatchObject({
    status: 409,
  });
});

it('judges a payload by its outcome: a route may be taken from a service that it drops, and two may swap', async () => {
  const registry = registryOn(given.table);
  await registry.post({ running: [], candidates: [web] });
  const heir = candidate('heir', { h1: '10.0.0.2' }, { predicate: 'web.example.com' });
  expect(names(await registry.post({ running: [], candidates: [heir] }))).toEqual(['heir']);
  const pair = (left: string, right: string) => ({
    running: [],
    candidates: [
      candidate('left', { l: '10.0.0.1' }, { predicate: left }),
      candidate('right', { r: '10.0.0.2' }, { predicate: right }),
    ],
  });
  await registry.post(pair('a.example', 'b.example'));
  const swapped = await registry.post(pair('b.example', 'a.example'));
  expect(swapped.conflicts).toEqual([]);
  expect(swapped.services).toMatchObject([{ predicate: 'b.example' }, { predicate: 'a.example' }]);
});

it('leaves the later of two stored services out of a route that both claim, and says so', async () => {
  const registry = registryOn(given.table);
  await registry.post({ host: 'h1', running: [], candidates: [web] });
  const stored = (await given.table.rows(tableName, soon())).find(({ sk }) => sk === 'SVC#web');
  if (!stored) throw new Error('the service is stored');
  const document = JSON.parse(stored.document) as { created: number };
  const later = {
    ...stored,
    sk: 'SVC#late',
    document: JSON.stringify({ ...document, created: document.created + 1 }),
  };
  await given.table.put(later, undefined, soon());
  const after = await registry.post({ host: 'h2', running: running({ 'late/l1': '10.0.0.2' }) });
  expect(after.conflicts).toEqual([{ serviceName: 'late', route: 'web.example.com', heldBy: 'web' }]);
  expect(after.config).toContain('# web: web.example.com');
  expect(after.config).not.toContain('10.0.0.2');
});

it('refuses servers that are HAProxy itself', async () => {
  const registry = registryOn(given.table, { BIND: ':8080', TLS_BIND: ':8443', TLS_CERT: '/c.pem' });
  const at = (ip: string, port: number) =>
    registry.post({ running: [], candidates: [candidate('a', { a1: ip }, { port })] });
  for (const port of [8080, 8443, 8404]) {
    await expect(at('127.0.0.1', port)).rejects.toMatchObject({ status: 400 });
    await expect(at('::ffff:127.9.9.9', port)).rejects.toMatchObject({
      faults: [{ field: 'candidates[0].containers[0].ip' }],
    });
  }
  expect(names(await at('127.0.0.1', 8081))).toEqual(['a']);
  await expect(
    registry.post({
      running: running({ 'a/a2': '127.0.0.1' }),
      candidates: [candidate('a', {}, { port: 8404 })],
    }),
  ).rejects.toMatchObject({ faults: [{ field: 'running[0].ip' }] });
});

it('serves a stored service in the clear when TLS is not known any more', async () => {
  const secure = candidate('a', { a1: '10.0.0.1' }, { tls: true });
  await registryOn(given.table, { TLS_BIND: ':443', TLS_CERT: '/c.pem' }).post({
    running: [],
    candidates: [secure],
  });
  const plain = await registryOn(given.table).view(tableName, soon());
  expect(plain.servedPlain).toEqual(['a']);
  expect(plain.config).not.toContain('308');
});

it('neither strips nor asks for TLS unless the service says so', () => {
  const anywhere = { configMode: 'path', predicate: '/api', port: 80 } as const;
  expect(routesOf(anywhere)).toStrictEqual([{ path: '/api', strip: false, tls: false }]);
  expect(routesOf({ ...anywhere, strip: true, tls: true })).toStrictEqual([
    { path: '/api', strip: true, tls: true },
  ]);
  const everyPath = routesOf({ configMode: 'host', predicate: 'a.example', paths: ['/'], port: 80 });
  expect(everyPath).toStrictEqual([{ host: 'a.example', strip: false, tls: false }]);
  expect(routesOf({ ...anywhere, predicate: '/', strip: true })).toStrictEqual([
    { strip: false, tls: false },
  ]);
});
