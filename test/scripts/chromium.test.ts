import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findChromium } from '../../scripts/setup/chromium.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'chromium-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('takes the Chromium that is named, else the first on PATH, else none', async () => {
  const found = path.join(folder, 'google-chrome');
  await writeFile(path.join(folder, 'chromium'), '', { mode: 0o644 });
  const PATH = `/nowhere${path.delimiter}${folder}`;
  expect(findChromium({ PATH })).toBeUndefined();
  await writeFile(found, '', { mode: 0o755 });
  expect(findChromium({ PATH })).toBe(found);
  expect(findChromium({ PATH, CHROMIUM_BIN: '/opt/chrome' })).toBe('/opt/chrome');
  expect(findChromium({})).toBeUndefined();
});
