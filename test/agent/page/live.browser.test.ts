import { describe, expect, it } from 'vitest';
import {
  at,
  changeStatus,
  serverStatus,
  serviceStatus,
  sourceStatus,
  statusOf,
} from '../../support/page/fixtures.ts';
import { usePages } from '../../support/page/page.ts';

const open = usePages();

describe('what is told', () => {
  it('is shown as it is and as it becomes', async () => {
    const first = statusOf();
    const { page, feed, faults } = await open(first);
    await page.getByText('up 2.6.12').waitFor();
    const facts = page.locator('#facts');
    await expect.poll(() => facts.innerText()).toMatch(/Process\s+4711\s+Reloads\s+2\s+Old workers\s+1/);
    await expect.poll(() => facts.innerText()).toMatch(/c0ffee12[^]*by reload, 2026-03-02 10:11:12/);

    feed.become({
      ...first,
      haproxy: { ...first.haproxy, reloads: 3 },
      config: { ...first.config, revision: 'beef', pending: true },
      services: [
        serviceStatus('api'),
        serviceStatus('web', { servers: [serverStatus('web-1', { state: 'drain' }), serverStatus('web-2')] }),
      ],
      conflicts: [{ host: 'a.example.com', path: '/x', winner: 'web', losers: ['api', 'old'] }],
      problems: [{ source: 'consul', service: 'api', instance: 'n/api-1', message: 'its port is 0.' }],
      changes: [changeStatus('s_web-1 drains')],
    });
    await expect.poll(() => facts.innerText()).toMatch(/Reloads\s+3[^]*beef[^]*waiting to be applied/);
    await expect
      .poll(() =>
        page
          .getByRole('listitem')
          .filter({ has: page.locator('h3') })
          .allInnerTexts(),
      )
      .toEqual([
        expect.stringMatching(/api\s+api\.example\.com\s+1 up\s+consul/),
        expect.stringMatching(/web\s+web\.example\.com\s+1 up, 1 draining\s+consul/),
      ]);
    expect(await page.locator('#conflicts').innerText()).toBe('a.example.com/x goes to web, not to api, old');
    expect(await page.locator('#problems').innerText()).toBe('consul / api / n/api-1 its port is 0.');
    expect(await page.locator('#changes').innerText()).toBe(
      '2026-03-02 10:11:12 runtime servers web s_web-1 drains',
    );

    feed.become({ ...first, services: [] });
    await page.getByText('No source tells of a service.').waitFor();
    expect(faults).toEqual([]);
  });

  it('is told of sources with their age, failures, error and what is held', async () => {
    const held = {
      service: 'web',
      reason: '6 of 8 servers would go',
      since: '2026-03-02T10:00:00Z',
      reads: 2,
    };
    const { page, feed } = await open(
      statusOf({
        sources: [
          sourceStatus('consul', { services: 1200, servers: 4800, age_s: 0, held: [held] }),
          sourceStatus('cloud_map', { ok: false, age_s: null, failures: 7, error: 'Rate exceeded' }),
        ],
      }),
    );
    const [consul, cloudMap] = [page.locator('.source').first(), page.locator('.source').last()];
    await expect
      .poll(() => consul.innerText())
      .toMatch(
        /^consul ok read \d s ago\s+1,200 services, 4,800 servers\s+1 service held\s+web 6 of 8 servers would go since 2026-03-02 10:00:00, 2 reads$/,
      );
    await expect
      .poll(() => cloudMap.innerText())
      .toMatch(/^cloud_map failing never read, 7 failures in a row[^]*Rate exceeded$/);
    // It goes on by itself.
    await expect.poll(() => consul.innerText()).toMatch(/read [1-9] s ago/);
    feed.become(statusOf({ sources: [sourceStatus('consul', { age_s: 125 })] }));
    await expect
      .poll(() => page.locator('#sources').innerText())
      .toMatch(/^consul ok read 2 min ago\s+1 service, 1 server$/);
  });

  it('is told in part where there is more than anybody reads', async () => {
    const held = Array.from({ length: 5000 }, (_, number) => ({
      service: `service-${number}`,
      reason: 'all servers would go',
      since: at,
      reads: 1,
    }));
    const problems = Array.from({ length: 5000 }, (_, number) => ({
      source: 'consul',
      service: `service-${number}`,
      instance: null,
      message: 'its port is 0.',
    }));
    const { page } = await open(statusOf({ sources: [sourceStatus('consul', { held })], problems }));
    await expect
      .poll(() => page.getByText('in /status').allInnerTexts())
      .toEqual(['4,980 more are in /status.', '4,800 more are in /status.']);
    await page.getByText('5,000 services held').waitFor();
    expect(await page.locator('*').count()).toBeLessThan(1500);
  });

  it('touches nothing but what changed', async () => {
    const services = ['a', 'b', 'c'].map((name) => serviceStatus(name));
    const { page, feed } = await open(statusOf({ services }));
    await page.getByRole('button', { name: 'b', exact: true }).click();
    await page.evaluate(() => {
      const touched: string[] = [];
      Object.assign(window, { touched });
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          touched.push(element?.closest('.service')?.querySelector('button')?.textContent ?? 'the rest');
        }
      }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    const [a, b, c] = services as [(typeof services)[0], (typeof services)[0], (typeof services)[0]];
    feed.become(statusOf({ services: [a, { ...b, servers: [serverStatus('b-1', { state: 'down' })] }, c] }));
    await page.getByRole('cell', { name: 'down' }).waitFor();
    const touched = await page.evaluate(() => (window as unknown as { touched: string[] }).touched);
    expect(new Set(touched)).toEqual(new Set(['b', 'the rest']));
  });
});

describe('the banners', () => {
  it('tell that HAProxy is down, and what was rejected', async () => {
    const good = statusOf();
    const error = '[ALERT] config : parsing [x.cfg:31]\n  unknown keyword';
    const { page, feed } = await open(good);
    await page.getByText('up 2.6.12').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    feed.become({
      ...good,
      haproxy: { ...good.haproxy, up: false },
      config: { ...good.config, rejected: { at: '2026-03-02T10:00:00Z', error } },
    });
    await expect
      .poll(() => page.getByRole('alert').getByRole('heading').allInnerTexts())
      .toEqual(['HAProxy is down', 'A configuration was rejected']);
    expect(await page.getByRole('alert').locator('pre').textContent()).toBe(error);
    feed.become(good);
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });

  it('call nothing down that is switched off', async () => {
    const { page } = await open(
      statusOf({ haproxy: { up: false, version: null, mode: 'off', pid: null, reloads: 0, old_workers: 0 } }),
    );
    await page.getByText('web.example.com').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('tell that the agent is gone, with what it said last, until it is back', async () => {
    const { page, feed } = await open(statusOf());
    await page.getByText('web.example.com').waitFor();
    await feed.stop();
    await page.getByRole('alert').getByText('No connection to the agent').waitFor();
    await expect
      .poll(() => page.getByRole('alert').innerText())
      .toMatch(/For [1-9]\d* s; trying again\. What is shown is what it said last\./);
    expect(await page.getByText('web.example.com').count()).toBe(1);
    expect(await page.locator('main').evaluate((main) => getComputedStyle(main).filter)).toBe('grayscale(1)');

    await feed.start();
    feed.become(statusOf({ services: [serviceStatus('back')] }));
    await page.getByText('back.example.com').waitFor();
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    expect(await page.getByText('web.example.com').count()).toBe(0);
  });

  it('tell it while a proxy answers for the agent, too', async () => {
    const { page, feed } = await open(statusOf());
    await page.getByText('web.example.com').waitFor();
    feed.isBroken = true;
    feed.hangUp();
    await page.getByText('No connection to the agent').waitFor();
    await expect.poll(() => feed.requests.filter((path) => path === '/events').length).toBeGreaterThan(1);
    feed.isBroken = false;
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });
});

it('is loaded anew when the agent is another version', async () => {
  const { page, feed } = await open(statusOf(), { hash: '#q=web' });
  await page.getByText('web.example.com').waitFor();
  await feed.stop();
  feed.become(statusOf({ version: '1.2.4' }));
  await feed.start();
  await page.getByText('1.2.4, since').waitFor();
  await expect.poll(() => feed.requests.filter((path) => path === '/').length).toBe(2);
  expect(await page.getByRole('searchbox').inputValue()).toBe('web');
});
