import { describe, expect, it } from 'vitest';
import { type Diff, diffBetween, diffText } from '../../src/agent/diff.ts';
import { configText, layoutOf, mapText } from '../../src/haproxy/running/layout.ts';
import { configuration, service } from '../support/haproxy/models.ts';

const version = [3, 0] as const;
const layout = (base: string) =>
  layoutOf(
    configuration({ services: [service('web', [{ host: 'a.example' }])], own: { base } }),
    '/state/routes.map',
  );

function between(before: string, after: string): Diff {
  const applied = layout(before);
  return diffBetween({ config: configText(applied), map: mapText(applied.map) }, layout(after), version);
}

const base = (limit: string): string => `global
    maxconn ${limit}

    setenv PASS word
defaults
    mode http
`;

describe('a difference', () => {
  it('is none where nothing would change', () => {
    expect(between(base('1'), base('1'))).toEqual({ sections: [], reload: undefined });
    expect(diffText(between(base('1'), base('1')))).toBe('Nothing would change.');
  });

  it('is told of sections that somebody else wrote, beside those of the same name', () => {
    const { sections, reload } = between(base('1'), base('2'));
    expect(sections).toEqual([{ section: 'global', removed: ['maxconn 1'], added: ['maxconn 2'] }]);
    expect(reload?.reason).toBe('base');
  });

  it('is told of sections that hold nothing, and of lines that nobody indented, without secrets', () => {
    const { sections } = between(base('1'), `${base('1')}cache mine\nuser me password secret\n`);
    expect(sections).toEqual([
      { section: 'cache mine', removed: [], added: ['cache mine'] },
      { section: 'user me password ***', removed: [], added: ['user me password ***'] },
    ]);
    expect(diffText({ sections, reload: undefined })).toContain('cache mine\n  + cache mine\n\n');
  });

  it('is everything where nothing is applied yet', () => {
    const diff = diffBetween({ config: '', map: '' }, layout(base('1')), version);
    expect(diff.sections.map(({ section }) => section)).toContain('backend be_web');
    expect(diff.reload).toEqual({ reason: 'start', detail: 'nothing is applied yet' });
    expect(JSON.stringify(diff)).toContain('setenv PASS ***');
  });
});
