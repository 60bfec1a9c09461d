import { expect, it } from 'vitest';
import type { Status } from '../../../src/agent/told/status.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';
import {
  at,
  changeStatus,
  routeStatus,
  serverStatus,
  serviceStatus,
  sourceStatus,
  statusOf,
} from '../../support/page/fixtures.ts';
import { usePages } from '../../support/page/page.ts';

const open = usePages();

/** Markup, script and what ends the places that a text may stand in. */
const hostile = [
  '<img src=x onerror="document.title=1">',
  '</script><script>document.title=2</script>',
  '"><svg onload=document.title=3>',
  '<style>*{display:none}</style>',
  '<a href="javascript:document.title=4">x</a>',
  '&lt;b&gt;${document.title=5}',
  '__proto__',
  'constructor',
  '\u202Eevil',
  ...hostileTexts,
].join('');

/** An agent whose every text is hostile. */
const everywhere: Status = statusOf({
  version: hostile,
  started_at: hostile,
  haproxy: { up: false, version: hostile, mode: 'start', pid: 1, reloads: 0, old_workers: 0 },
  config: {
    revision: hostile,
    applied_at: hostile,
    how: hostile,
    pending: true,
    rejected: { at: hostile, error: hostile },
  },
  sources: [
    sourceStatus(hostile, {
      ok: false,
      error: hostile,
      held: [{ service: hostile, reason: hostile, since: hostile, reads: 1 }],
    }),
  ],
  services: [
    serviceStatus(hostile, {
      backend: hostile,
      sources: [hostile],
      routes: [routeStatus(hostile, { path: hostile })],
      servers: [serverStatus(hostile, { address: hostile, source: hostile, health: hostile })],
    }),
  ],
  conflicts: [{ host: hostile, path: hostile, winner: hostile, losers: [hostile] }],
  problems: [{ source: hostile, service: hostile, instance: hostile, message: hostile }],
  changes: [changeStatus(hostile, { at: hostile, how: hostile, reason: hostile, service: hostile })],
});

it('takes every text from outside as text', async () => {
  const { page, faults } = await open(everywhere);
  const row = page.locator('.service button');
  await row.click();
  await page.getByRole('table').waitFor();
  expect(await row.textContent()).toBe(hostile);
  expect(await page.getByRole('alert').locator('pre').textContent()).toBe(hostile);
  expect(await page.title()).toBe('lambda-registrator agent');
  expect(await page.locator('body :is(img, svg, style, a, script):not(body > script)').count()).toBe(0);
  expect(faults).toEqual([]);
});

it('keeps services apart that are named as what objects inherit', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'web'];
  const status = statusOf({ services: names.map((name) => serviceStatus(name)) });
  const { page } = await open(status);
  for (const name of names) await page.getByRole('button', { name, exact: true }).click();
  expect(await page.getByRole('table').count()).toBe(4);
});

it('asks for nothing but itself and its events, within a policy that allows nothing else', async () => {
  const { page, feed, faults } = await open(statusOf({ changes: [changeStatus('x', { at })] }));
  await page.getByText('web.example.com').waitFor();
  await page.getByRole('button', { name: 'web' }).click();
  await page.getByRole('searchbox').fill('web');
  expect(feed.requests).toEqual(['/', '/events']);
  expect(faults).toEqual([]);
  // The policy is in force: what breaks it is told.
  await page.evaluate(() => {
    const style = document.createElement('style');
    style.textContent = 'body { color: red }';
    document.head.append(style);
  });
  await expect.poll(() => faults).toHaveLength(1);
});
