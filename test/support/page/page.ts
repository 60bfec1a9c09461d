import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { findChromium } from '../../../scripts/setup/chromium.ts';
import { loadPage } from '../../../src/agent/page/page.ts';
import type { Status } from '../../../src/agent/told/status.ts';
import { StatusFeed } from './feed.ts';

/** A page that is open. */
interface Opened {
  readonly page: Page;
  /** Violations of the policy, errors of the script, and addresses elsewhere that it asked for. */
  readonly faults: readonly string[];
}

/** An open status page and who feeds it. */
interface OpenPage extends Opened {
  readonly feed: StatusFeed;
}

interface OpenOptions extends BrowserContextOptions {
  readonly hash?: string;
}

type Open = (status: Status, options?: OpenOptions) => Promise<OpenPage>;

/** One Chromium for the tests of a file; what they open is closed after each. */
export function usePages(): Open {
  const open = useBrowser();
  return async (status, options) => {
    const feed = new StatusFeed(await loadPage(), status);
    await feed.start();
    onTestFinished(() => feed.stop());
    return { feed, ...(await open(feed.url, options)) };
  };
}

/** As {@link usePages}, for pages that somebody else serves at an address. */
export function useBrowser(): (url: string, options?: OpenOptions) => Promise<Opened> {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = findChromium(process.env) ?? '';
    // As root Chromium refuses to run in its sandbox.
    browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
  });
  afterAll(() => browser.close());

  return async (url, { hash = '', ...options } = {}) => {
    const context = await browser.newContext({ timezoneId: 'UTC', locale: 'en-GB', ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|TrustedHTML/.test(message.text())) faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) faults.push(request.url());
    });
    await page.goto(`${url}${hash}`);
    return { page, faults };
  };
}
