import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
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

const long = 'a-name-that-goes-on-and-on-for-as-long-as-dns-allows-and-then-some';

/** Everything that the page can show, with names as long as they get. */
const everything = statusOf({
  haproxy: { up: false, version: '3.2.1', mode: 'drive', pid: null, reloads: 12_345, old_workers: 3 },
  config: {
    revision: 'c0ffee12',
    applied_at: at,
    how: 'reload',
    pending: true,
    rejected: { at, error: `[ALERT] ${long.repeat(5)}` },
  },
  sources: [
    sourceStatus('consul', {
      held: [{ service: long, reason: 'all servers would go', since: at, reads: 2 }],
    }),
    sourceStatus('cloud_map', { ok: false, failures: 3, error: long.repeat(3) }),
  ],
  services: [
    serviceStatus(long, {
      routes: [routeStatus(`${long}.example.com`, { path: `/${long}`, strip: true, tls: true, percent: 10 })],
      servers: (['up', 'down', 'drain', 'maint', 'checking'] as const).map((state) =>
        serverStatus(`${long}-${state}`, { state, health: `L4CON: ${long}` }),
      ),
    }),
    serviceStatus('web', { servers: [], routes: [] }),
  ],
  conflicts: [{ host: `${long}.example.com`, path: `/${long}`, winner: long, losers: [long] }],
  problems: [{ source: 'consul', service: long, instance: long, message: long }],
  changes: [changeStatus(long, { how: 'rejected' }), changeStatus(long)],
});

async function showAll(page: Page): Promise<void> {
  await page.getByRole('button', { name: long }).click();
  const closed = page.locator('details:not([open]) summary');
  while ((await closed.count()) > 0) await closed.first().click();
}

describe.each(['light', 'dark'] as const)('in %s mode', (colorScheme) => {
  it.each(['heard', 'lost'])('is read easily while the agent is %s', async (state) => {
    const { page, feed } = await open(everything, { colorScheme });
    await showAll(page);
    if (state === 'lost') {
      await feed.stop();
      await page.getByText('No connection to the agent').waitFor();
    }
    const { darkest, faint } = await page.evaluate(contrasts);
    expect(darkest).toBe(colorScheme === 'light');
    expect(faint).toEqual([]);
  });
});

it.each([360, 768, 1152, 2560])('fits a window of %i pixels', async (width) => {
  const { page } = await open(everything, { viewport: { width, height: 800 } });
  await showAll(page);
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
    .toBeLessThanOrEqual(width);
});

it('moves nothing for those who do not want it', async () => {
  const { page } = await open(everything, { reducedMotion: 'reduce' });
  const head = page.locator('.head').first();
  await head.waitFor();
  expect(await head.evaluate((element) => getComputedStyle(element).transitionDuration)).toBe('0s');
});

it('tells states by word and shape, and has names for all that is used', async () => {
  const { page } = await open(everything);
  await showAll(page);
  const shapes = await page
    .locator('td.tone')
    .evaluateAll((cells) =>
      cells.map((cell) => `${getComputedStyle(cell, '::before').content} ${cell.textContent}`),
    );
  expect(shapes).toEqual(['"●" up', '"✕" down', '"◐" draining', '"◐" in maintenance', '"◐" checking']);
  for (const role of ['banner', 'main', 'search'] as const) {
    expect(await page.getByRole(role).count()).toBe(1);
  }
  expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual([
    'HAProxy is down',
    'A configuration was rejected',
    'Sources',
    'Conflicts 1',
    'Problems 1',
    'Last changes 2',
    'Services',
  ]);
  const outline = await page.getByRole('searchbox', { name: 'Filter' }).evaluate((input) => {
    input.focus();
    return getComputedStyle(input).outlineStyle;
  });
  expect(outline).toBe('solid');
});

/**
 * Runs in the page: texts whose contrast is below what WCAG 2.2 asks for at level AA
 * (https://www.w3.org/TR/WCAG22/#contrast-minimum), and whether texts are darker than what is behind them.
 */
function contrasts(): { darkest: boolean; faint: string[] } {
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element: Element): string => {
    const { backgroundColor } = getComputedStyle(element);
    const isOpaque = (channels(backgroundColor)[3] ?? 1) === 1;
    return isOpaque || !element.parentElement ? backgroundColor : behind(element.parentElement);
  };
  const faint: string[] = [];
  let darkest = true;
  for (const element of document.body.querySelectorAll('*')) {
    const hasText = [...element.childNodes].some((node) => node instanceof Text && node.data.trim() !== '');
    if (!hasText || !element.checkVisibility() || element instanceof HTMLScriptElement) continue;
    const [text, back] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const contrast = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)}: ${element.outerHTML.slice(0, 100)}`);
    darkest &&= text < back;
  }
  return { darkest, faint };
}
