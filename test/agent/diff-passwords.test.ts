import { describe, expect, it } from 'vitest';
import { type Diff, diffBetween, diffText, isNothing } from '../../src/agent/diff.ts';
import type { Configuration } from '../../src/haproxy/model.ts';
import { passwordHash } from '../../src/haproxy/password-hash.ts';
import { configText, type Layout, layoutOf, mapText } from '../../src/haproxy/running/layout.ts';
import { configuration } from '../support/haproxy/models.ts';

function layout(parts: Partial<Configuration>): Layout {
  return layoutOf(configuration(parts), '/state/routes.map');
}

/** What leads from one to the other, as seen from the files of the first. */
function diff(applied: Layout, wanted: Layout): Diff {
  return diffBetween({ config: configText(applied), map: mapText(applied.map) }, wanted, [2, 6]);
}

/** With a page that has a password. */
function withPassword(password: string): Layout {
  const { frontend } = configuration({});
  const hash = passwordHash(password, 'abcdefghijklmnop');
  return layout({ frontend: { ...frontend, pages: { stats: { user: 'stats_user', hash } } } });
}

function withCertificates(fingerprint: string): Layout {
  const { frontend } = configuration({});
  const tls = { binds: [{ address: '', port: 443 }], certificate: '/certs', minVersion: 'TLSv1.2' as const };
  return layout({ frontend: { ...frontend, tls: { ...tls, fingerprint } } });
}

describe('what would change', () => {
  it('is nothing between equals', () => {
    const same = diff(withPassword('one'), withPassword('one'));
    expect(isNothing(same)).toBe(true);
    expect(diffText(same)).toBe('Nothing would change.');
  });

  it('shows no hash of a password', () => {
    const text = diffText(diff(withPassword('one'), withPassword('two')));
    expect(text).toContain('- user stats_user password ***');
    expect(text).toContain('+ user stats_user password ***');
    expect(text).not.toContain('$5$');
  });

  it('is something where certificates alone are others', () => {
    const renewed = diff(withCertificates('a'), withCertificates('b'));
    expect(renewed).toMatchObject({ sections: [], reload: { reason: 'certificates' } });
    expect(isNothing(renewed)).toBe(false);
    expect(diffText(renewed)).toBe('HAProxy would be reloaded (certificates): other certificates.');
  });

  it('looks at each of several sections that begin alike', () => {
    const own = (base: string): Layout => layout({ own: { base } });
    const text = (maxconn: number): string => `global\n    maxconn ${maxconn}\n\ndefaults\n    mode http`;
    const found = diff(own(text(1)), own(text(2)));
    expect(found.sections).toEqual([{ section: 'global', removed: ['maxconn 1'], added: ['maxconn 2'] }]);
  });
});
