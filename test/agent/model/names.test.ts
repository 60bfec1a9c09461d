import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backendName,
  functionsBackend,
  serverName,
  serverNameIn,
  sharedBackendName,
} from '../../../src/agent/model/names.ts';
import { tries } from '../../support/explorations.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';

const legal = /^[A-Za-z0-9._:-]{1,110}$/;

describe('a name of HAProxy', () => {
  it.each([
    ['web', 'be_web'],
    ['my.app-1_x', 'be_my.app-1_x'],
  ])('is the name of the service %s itself where HAProxy takes it', (service, name) => {
    expect(backendName(service)).toBe(name);
  });

  it('stays the same from release to release, since a change would cut all servers off', () => {
    expect(backendName('a/b')).toBe('be_a_b:c14cddc033f64b9dea80ea67');
    expect(serverName('node-1/web-1')).toMatch(/^s_node-1_web-1:[0-9a-f]{24}$/);
    expect(serverName('0bc0b412839b')).toBe('s_0bc0b412839b');
  });

  it('is not that of a section of its own', () => {
    expect(backendName('none')).toMatch(/^be_none:/);
    expect(backendName('anything')).not.toBe(functionsBackend);
  });

  it('is legal and one for each text, whatever the text', () => {
    const odd = fc.oneof(
      fc.constantFrom(...hostileTexts, '', 'none', 'a/b', 'a_b', 'a:b', 'A', 'a'),
      fc.string({ maxLength: 200, unit: 'grapheme' }),
      fc.string({ maxLength: 20 }).map((text) => serverName(text).slice(2)),
    );
    fc.assert(
      fc.property(odd, odd, (one, other) => {
        for (const name of [backendName, serverName]) {
          expect(name(one)).toMatch(legal);
          expect(name(one) === name(other)).toBe(one === other);
        }
        expect(serverNameIn('s', one)).toMatch(legal);
        expect(serverNameIn(one, other)).not.toBe(serverName(other));
        expect(sharedBackendName([one, other])).toMatch(legal);
      }),
      tries(1000),
    );
  });
});
