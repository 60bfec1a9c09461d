import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages, proseOf } from './pages.ts';

const textOf = (page: string): string => readFileSync(page, 'utf8');

/** Targets of links within the project, as the page has them. */
function linksOf(page: string): string[] {
  const prose = proseOf(textOf(page)).replaceAll(/`[^`]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !target.startsWith('https:'));
}

/** Names of a page's headings in links, as forges make them. */
function anchorsOf(page: string): string[] {
  return [...proseOf(textOf(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isThere(page: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page : join(dirname(page), file);
  return existsSync(path) && (anchor === undefined || anchorsOf(path).includes(anchor));
}

describe('links', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    expect(linksOf(page).filter((target) => !isThere(page, target))).toEqual([]);
  });

  it('lead from the README to every page of docs', () => {
    const linked = new Set(linksOf('README.md').map((target) => target.split('#')[0]));
    expect(pages.filter((page) => page.startsWith('docs/') && !linked.has(page))).toEqual([]);
  });
});

it('keeps the README short', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThan(200);
});
