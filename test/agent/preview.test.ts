import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { previewDiff, previewFile } from '../../src/agent/preview.ts';

it('shows nothing where the answer of a registry is the configuration', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agent-preview-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'agent.yaml');
  await writeFile(file, 'push: { url: "http://127.0.0.1:9", table: t, auth: none, apply: true }\n');
  for (const preview of [previewDiff, previewFile]) {
    await expect(preview({ file, env: {} }, () => {})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('push.apply') as string,
    });
  }
});
