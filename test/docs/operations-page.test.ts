import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCodes } from '../../src/core/errors.ts';

const page = readFileSync('docs/operations.md', 'utf8');

/** The alarms of each module, without the name of the program before them. */
const alarms = readdirSync('infra/test/golden', { recursive: true, encoding: 'utf8' })
  .filter((file) => /^lambda-|^haproxy-/.test(file) && file.endsWith('.tf'))
  .flatMap((file) => [
    ...readFileSync(`infra/test/golden/${file}`, 'utf8').matchAll(/alarm_name += "\$\{var\.name\}-(\S+)"/g),
  ])
  .map(([, alarm = '']) => alarm);

it('has a row for every alarm of the modules', () => {
  expect(alarms).toContain('no-sync');
  expect(alarms.filter((alarm) => !page.includes(`\`${alarm}\``))).toEqual([]);
});

it('names errors that there are', () => {
  const named = [...page.matchAll(/`([A-Z]+_[A-Z]+)`/g)].map(([, code = '']) => code);
  const settings = new Set(['HOST_TTL', 'PROM_PASSWD']);
  expect(named.filter((name) => !(name in errorCodes) && !settings.has(name))).toEqual([]);
});
