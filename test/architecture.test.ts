import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const roots = ['src', 'infra/*.ts', 'infra/{constructs,inputs,module,provider,stacks,test,values}'];

it('keeps the import rule of the layout', () => {
  const report = execFileSync(
    'node_modules/.bin/depcruise',
    ['--config', '.dependency-cruiser.mjs', '--output-type', 'err', ...roots],
    { encoding: 'utf8' },
  );
  expect(report).toContain('no dependency violations found');
});

it('reads the environment, the clock and chance only where the layout allows', () => {
  const entries = /^src\/(cli\/.*|[^/]+\/(handler|main|lambda-host))\.ts$/;
  const outside = /^src\/core\/(clock|random|logger)\.ts$/;
  const offences = listFiles('src').flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const environment = /process\.(env|exit)\b/.test(text) && !entries.test(file);
    const impure =
      /^src\/(core|config|haproxy|http|lambda-service)\//.test(file) &&
      /Date\.now|Math\.random|new Date\(\)/.test(text) &&
      !outside.test(file);
    return environment || impure ? [file] : [];
  });
  expect(offences).toEqual([]);
});

it('exports by name and re-exports nothing', () => {
  const offences = listFiles('src').filter((file) =>
    /^export (default|\*|(type )?\{[^}]*\} from)/m.test(readFileSync(file, 'utf8')),
  );
  expect(offences).toEqual([]);
});

it('tries every property as often, and from where, as test/support/explorations.ts says', () => {
  const offences = listFiles('test').filter((file) => {
    const text = readFileSync(file, 'utf8');
    const tried = text.match(/\bfc\s*\.(assert|check|sample)\(/g) ?? [];
    const bounded = text.match(/\btries\([\d_, ]*\)/g) ?? [];
    return tried.length !== bounded.length;
  });
  expect(offences).toEqual([]);
});

it('keeps every folder small enough to be taken in at a glance', () => {
  const most = 14;
  const crowded = ['src', 'test', 'infra', 'scripts'].flatMap(listFolders).filter((folder) => {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    return files.length > most;
  });
  expect(crowded).toEqual([]);
});

function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${root}/${file}`);
}

function listFolders(root: string): string[] {
  const inner = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'node_modules',
  );
  return [root, ...inner.flatMap(({ name }) => listFolders(`${root}/${name}`))];
}
