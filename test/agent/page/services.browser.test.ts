import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  manyServices,
  routeStatus,
  serverStatus,
  serviceStatus,
  statusOf,
} from '../../support/page/fixtures.ts';
import { usePages } from '../../support/page/page.ts';

const open = usePages();

const services = [
  serviceStatus('api', { servers: [serverStatus('api-1', { address: '10.9.8.7:80', state: 'down' })] }),
  serviceStatus('idle', { servers: [], sources: ['docker'] }),
  serviceStatus('web', {
    routes: [
      routeStatus('web.example.com', { path: '/shop', strip: true, tls: true }),
      routeStatus('*.example.com'),
      routeStatus(null, { path: '/web', percent: 10 }),
    ],
    servers: [
      serverStatus('web-1'),
      serverStatus('web-2', { state: 'drain', weight: 0, health: 'L7STS/503' }),
    ],
  }),
];
const names = (page: Page) => page.locator('.service h3').allInnerTexts();
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent);
const elements = (page: Page) => page.locator('*').count();

describe('the filter', () => {
  it('finds by words and kinds, tells how many there are, and stands in the address', async () => {
    const { page } = await open(statusOf({ services }));
    const matches = page.getByRole('status');
    await expect.poll(() => matches.innerText()).toBe('3 of 3 services');
    await page.getByRole('searchbox').fill('shop WEB');
    await expect.poll(() => names(page)).toEqual(['web']);
    expect(await matches.innerText()).toBe('1 of 3 services');
    await expect.poll(() => new URL(page.url()).hash).toBe('#q=shop+WEB');

    await page.getByRole('searchbox').fill('10.9.8.7');
    await expect.poll(() => names(page)).toEqual(['api']);
    await page.getByRole('searchbox').fill('nowhere');
    await page.getByText('No service matches the filter.').waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: 'Draining 1' }).click();
    await expect.poll(() => names(page)).toEqual(['web']);
    expect(await page.getByRole('button', { pressed: true }).allInnerTexts()).toEqual(['Draining 1']);
    await page.getByRole('button', { name: 'With trouble 3' }).click();
    await expect.poll(() => new URL(page.url()).hash).toBe('#only=trouble');
  });

  it('is read from the address, at first and when it changes', async () => {
    const { page, feed } = await open(statusOf({ services }), { hash: '#only=empty&q=id' });
    await expect.poll(() => names(page)).toEqual(['idle']);
    expect(await page.getByRole('searchbox').inputValue()).toBe('id');
    await page.evaluate(() => (location.hash = 'q=api'));
    await expect.poll(() => names(page)).toEqual(['api']);
    feed.become(statusOf({ services: [...services, serviceStatus('api-2'), serviceStatus('other')] }));
    await expect.poll(() => names(page)).toEqual(['api', 'api-2']);
  });
});

it('opens a service with its backend, all routes and all servers', async () => {
  const { page } = await open(statusOf({ services }));
  const web = page.locator('.service').last();
  await expect
    .poll(() => web.innerText())
    .toMatch(/shop\s*TLS\s*path stripped\s*\*\.example\.com\s*\+1\s+1 up, 1 draining/);
  await page.getByRole('button', { name: 'web' }).click();
  expect(await web.locator('li').allInnerTexts()).toEqual([
    expect.stringMatching(/^web\.example\.com\/shop\s*TLS\s*path stripped$/),
    '*.example.com',
    expect.stringMatching(/^any host\/web\s*10 %$/),
  ]);
  expect(await web.getByRole('row').allInnerTexts()).toEqual([
    expect.stringMatching(/^State\s+Server\s+Id\s+Address\s+Source\s+Weight\s+Health$/),
    expect.stringMatching(/^up\s+s_web-1\s+web-1\s+10\.0\.0\.1:8080\s+consul\s+100\s+L4OK$/),
    expect.stringMatching(/^draining\s+s_web-2\s+web-2\s+10\.0\.0\.1:8080\s+consul\s+0\s+L7STS\/503$/),
  ]);
  await page.getByRole('button', { name: 'web' }).click();
  expect(await web.getByRole('row').count()).toBe(0);
  await page.getByRole('button', { name: 'idle' }).click();
  await page.getByText('No server: requests are answered with 503.').waitFor();
});

describe('the keyboard', () => {
  it('reaches the filter and every service, and opens it', async () => {
    const { page } = await open(statusOf({ services }));
    await expect.poll(() => names(page)).toEqual(['api', 'idle', 'web']);
    await page.keyboard.press('/');
    await page.keyboard.type('e/');
    expect(await page.getByRole('searchbox').inputValue()).toBe('e/');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
    await expect.poll(() => names(page)).toEqual(['api', 'idle', 'web']);

    await page.getByRole('button', { name: 'No servers' }).focus();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('api');
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('idle');
    await page.keyboard.press('End');
    expect(await focused(page)).toBe('web');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('button', { name: 'web', expanded: true }).count()).toBe(1);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowUp');
    expect(await focused(page)).toBe('api');
  });

  it('keeps its place and what it opened while services come before it', async () => {
    const { page, feed } = await open(statusOf({ services: manyServices(60) }));
    await page.getByRole('button', { name: 'service-00024' }).focus();
    await page.keyboard.press('Enter');
    const before = Array.from({ length: 30 }, (_, number) => serviceStatus(`before-${number}`));
    feed.become(statusOf({ services: [...before, ...manyServices(60)] }));
    await expect.poll(() => page.getByRole('status').innerText()).toBe('90 of 90 services');
    await expect.poll(() => focused(page)).toBe('service-00024');
    expect(await page.getByRole('button', { name: 'service-00024', expanded: true }).count()).toBe(1);
    const row = page.getByRole('listitem').filter({ has: page.getByText('service-00024', { exact: true }) });
    expect(await row.getAttribute('aria-posinset')).toBe('55');
    expect(await row.getAttribute('aria-setsize')).toBe('90');
  });
});

describe('5,000 services', () => {
  const many = manyServices(5000);
  const most = 2500;

  it('are a small page, wherever it is scrolled to', async () => {
    const { page } = await open(statusOf({ services: many }));
    await expect.poll(() => page.getByRole('status').innerText()).toBe('5,000 of 5,000 services');
    expect(await elements(page)).toBeLessThan(most);
    await page.getByRole('button', { name: 'service-00000' }).focus();
    await page.keyboard.press('End');
    expect(await focused(page)).toBe('service-04999');
    for (const part of [0.5, 0.2, 0.9, 0]) {
      await page.evaluate((part) => scrollTo(0, part * document.body.scrollHeight), part);
      await expect.poll(() => middleRow(page)).toMatch(/^service-/);
      expect(await elements(page)).toBeLessThan(most);
    }
    await page.keyboard.press('Home');
    expect(await focused(page)).toBe('service-00000');
    expect(await elements(page)).toBeLessThan(most);
  });

  it('stay where they are seen while others come and go before them', async () => {
    const { page, feed } = await open(statusOf({ services: many }));
    await page.getByRole('button', { name: 'service-00000' }).waitFor();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
    await expect.poll(() => middleRow(page)).toMatch(/^service-/);
    const seen = await middleRow(page);
    for (const count of [1, 30, 3, 0]) {
      const before = Array.from({ length: count }, (_, number) => serviceStatus(`before-${number}`));
      feed.become(statusOf({ services: [...before, ...many] }));
      const total = (5000 + count).toLocaleString('en');
      await expect.poll(() => page.getByRole('status').innerText()).toBe(`${total} of ${total} services`);
      expect(await middleRow(page)).toBe(seen);
    }
  });

  it('are filtered and followed', async () => {
    const { page, feed } = await open(statusOf({ services: many }));
    await page.getByRole('searchbox').fill('service-0433');
    await expect.poll(() => names(page)).toHaveLength(10);
    await page.getByRole('searchbox').fill('10.16.99.3');
    await expect.poll(() => names(page)).toEqual(['service-04195']);
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: 'Down 50' }).click();
    await expect.poll(() => page.getByRole('status').innerText()).toBe('50 of 5,000 services');
    const recovered = many.map((service) => ({ ...service, servers: [serverStatus('1')] }));
    feed.become(statusOf({ services: recovered }));
    await page.getByText('No service matches the filter.').waitFor();
    await page.getByRole('button', { name: 'All 5,000' }).click();
    await expect.poll(() => page.getByRole('status').innerText()).toBe('5,000 of 5,000 services');
    expect(await elements(page)).toBeLessThan(most);
  });
});

/** The name of the service in the middle of what is seen. */
function middleRow(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const { right } = document.body.getBoundingClientRect();
    const seen = document.elementFromPoint(right - 60, innerHeight / 2);
    return seen?.closest('.service')?.querySelector('h3')?.textContent;
  });
}
