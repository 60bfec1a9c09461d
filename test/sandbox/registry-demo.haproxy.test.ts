import { expect, it } from 'vitest';
import { type RouteRow, registryChapter } from '../../src/sandbox/registry-demo.ts';
import { haproxyBinary } from '../support/haproxy/server.ts';

it('shows routes that follow what the host reports', async () => {
  const configured: (readonly RouteRow[])[] = [];
  const answered: string[][] = [];
  await registryChapter({
    haproxy: await haproxyBinary(),
    onStep: () => {},
    onConfigured: (rows) => configured.push(rows),
    onAsked: (_request, answeredBy) => answered.push([...new Set(answeredBy)].toSorted()),
  });
  expect(configured.map((rows) => rows.map(({ route, service }) => `${route} ${service}`))).toEqual([
    ['/blog blog', 'shop.example.com shop'],
    ['/blog blog', 'shop.example.com shop'],
  ]);
  expect(configured[0]?.[1]?.servers).toMatch(/^shop-1 \(127\.0\.0\.1:\d+\), shop-2 \(.*:\d+\)$/);
  expect(configured[1]?.[1]?.servers).toMatch(/^shop-2 /);
  expect(answered).toEqual([['shop-1', 'shop-2'], ['blog-1'], ['shop-2'], ['blog-1']]);
});
