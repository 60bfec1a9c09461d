import { createHash } from 'node:crypto';

/**
 * What a page that is one file may do: run and look as its own text says, and ask us. Anything else that gets into it, such
 * as a name from outside that is taken for markup, neither runs nor loads (https://www.w3.org/TR/CSP3/), and no text becomes
 * markup by script (https://www.w3.org/TR/trusted-types/).
 */
export function contentPolicy(html: string): string {
  return [
    `default-src 'none'`,
    `script-src ${sourcesOf(html, 'script')}`,
    `style-src ${sourcesOf(html, 'style')}`,
    `connect-src 'self'`,
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
    `require-trusted-types-for 'script'`,
  ].join('; ');
}

function sourcesOf(html: string, element: 'script' | 'style'): string {
  const texts = [...html.matchAll(new RegExp(`<${element}(?:\\s[^>]*)?>(.*?)</${element}>`, 'gis'))];
  const hashes = texts.map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  return hashes.join(' ') || `'none'`;
}
