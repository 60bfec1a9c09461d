import { readFileSync, readdirSync } from 'node:fs';
import type { Configuration } from '../../../src/haproxy/model.ts';
import { configuration } from './models.ts';

const folder = 'fixtures/haproxy';

/** The models of `fixtures/haproxy`, by the name of their scenario; what a file leaves out is as in `configuration`. */
export const haproxyFixtures: readonly [scenario: string, model: Configuration][] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const parts = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Partial<Configuration>;
    return [file.replace('.json', ''), configuration(parts)];
  });
