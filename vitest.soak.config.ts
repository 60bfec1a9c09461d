import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { environment } from './vitest.config.ts';

/** Every file that explores, far longer than in `npm test` and from somewhere new each time. */
const exploring = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => `test/${file}`)
  .filter((file) => readFileSync(file, 'utf8').includes('/support/explorations.ts'));

const seed = process.env['EXPLORATION_SEED'] || String(randomInt(2 ** 31));
console.log(`Explorations begin at ${seed}; the same again: EXPLORATION_SEED=${seed} npm run test:soak`);

const hours = 3_600_000;

export default defineConfig({
  test: {
    env: { ...environment, SOAK: 'true', EXPLORATION_SEED: seed },
    include: exploring,
    testTimeout: 3 * hours,
    hookTimeout: 60_000,
  },
});
