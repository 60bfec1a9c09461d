import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRenewed, reasonToWrite, sliceAt } from '../../../src/registrator/extension-data/due.ts';
import { metaOf, writtenOf } from '../../../src/registrator/extension-data/written.ts';
import { tries } from '../../support/explorations.ts';

const written = { path: '/p/default/default/pay', renew: 100, expires: 200, roots: 'a' };
const wanted = { path: written.path, roots: 'a', now: 50 };

describe('a parameter is due', () => {
  it.each([
    ['nothing is known of one', undefined, wanted, 'missing', 'missing'],
    ['the path changed', written, { ...wanted, path: '/q/default/default/pay' }, 'moved', undefined],
    ['the roots changed', written, { ...wanted, roots: 'b' }, 'roots', undefined],
    ['half of its life is over', written, { ...wanted, now: 100 }, 'renewal', undefined],
    ['everything changed', written, { path: '/q', roots: 'b', now: 300 }, 'moved', undefined],
    ['nothing happened', written, wanted, undefined, undefined],
  ] as const)('when %s', (_when, before, now, full, event) => {
    expect([reasonToWrite(before, now, true), reasonToWrite(before, now, false)]).toEqual([full, event]);
  });

  it('for a leaf that lives longer than the one that was written', () => {
    expect([199, 200, 201].map((validBefore) => isRenewed(written, validBefore))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('whatever part of its Meta is missing or no number', () => {
    expect(writtenOf({ Meta: metaOf(written) })).toEqual(written);
    for (const key of Object.keys(metaOf(written))) {
      expect(writtenOf({ Meta: { ...metaOf(written), [key]: '' } })).toBeUndefined();
    }
    expect(writtenOf({ Meta: { ...metaOf(written), 'lambda-leaf-renew': 'soon' } })).toBeUndefined();
    expect(writtenOf({ Meta: null })).toBeUndefined();
  });
});

describe('slices', () => {
  const arns = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 200 });
  const period = fc.double({ min: 0.1, max: 1440, noNaN: true });
  const start = fc.integer({ min: 0, max: 4_000_000_000_000 });

  it('of twelve periods in a row hold each function once, and are of one size', () => {
    fc.assert(
      fc.property(arns, period, start, (names, minutes, now) => {
        const first = Math.floor(now / (minutes * 60_000));
        const turns = Array.from({ length: 12 }, (_, at) =>
          sliceAt(names, (first + at + 0.5) * minutes * 60_000, minutes),
        );
        expect(turns.flatMap((turn) => [...turn]).toSorted()).toEqual(names.toSorted());
        const sizes = turns.map((turn) => turn.size);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      tries(),
    );
  });

  it('do not depend on the order of the functions', () => {
    fc.assert(
      fc.property(arns, period, start, (names, minutes, now) => {
        expect(sliceAt(names.toReversed(), now, minutes)).toEqual(sliceAt(names, now, minutes));
      }),
      tries(),
    );
  });
});
