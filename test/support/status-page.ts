import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { findChromium } from '../../scripts/setup/chromium.ts';
import { loadPage } from '../../src/agent/page/page.ts';
import type { Status } from '../../src/agent/told/status.ts';
import { StatusFeed } from './status-feed.ts';

/** An open status page and who feeds it. */
interface OpenPage {
  readonly feed: StatusFeed;
  readonly page: Page;
  /** Violations of the policy, errors of the script, and addresses elsewhere that it asked for. */
  readonly faults: readonly string[];
}

type Open = (
  status: Status,
  options?: BrowserContextOptions & { readonly hash?: string },
) => Promise<OpenPage>;

/** One Chromium for the tests of a file; what they open is closed after each. */
export function usePages(): Open {
  let browser: Browser;
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const executablePath = findChromium(process.env) ?? '';
    // As root Chromium refuses to run in its sandbox.
    browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(() => browser.close());

  return async (status, { hash = '', ...options } = {}) => {
    const feed = new StatusFeed(await loadPage(), status);
    await feed.start();
    const context = await browser.newContext({ timezoneId: 'UTC', locale: 'en-GB', ...options });
    closing.push(
      () => context.close(),
      () => feed.stop(),
    );
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|TrustedHTML/.test(message.text())) faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(feed.url)) faults.push(request.url());
    });
    await page.goto(`${feed.url}${hash}`);
    return { feed, page, faults };
  };
}
