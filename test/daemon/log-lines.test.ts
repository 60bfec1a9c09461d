import { closeSync, openSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../src/core/logger.ts';
import { openLogLines } from '../../src/daemon/log-lines.ts';

it('goes on where a disk is full, and keeps no more than some lines', () => {
  const fd = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(fd));
  const lines = openLogLines(fd);
  const logger = createLogger('info', {}, lines);
  let lost = 0;
  lines.on('drop', () => {
    lost += 1;
  });
  for (let line = 0; line < 30; line += 1) logger.info({ text: 'x'.repeat(100_000) }, 'line');
  expect(lost).toBeGreaterThan(15);
});
