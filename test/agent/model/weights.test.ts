import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitWeights, shareWeights } from '../../../src/agent/model/weights.ts';
import { tries } from '../../support/explorations.ts';

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('weights', () => {
  it.each([
    [
      [100, 50],
      [100, 50],
    ],
    [
      [1000, 500, 1],
      [256, 128, 1],
    ],
    [
      [0, 300],
      [0, 256],
    ],
    [[0.4], [1]],
    [[], []],
  ])('%j become %j', (weights, expected) => {
    expect(fitWeights(weights)).toEqual(expected);
  });

  it.each([
    [
      'a tenth for one of two',
      [
        { percent: 90, weights: [100] },
        { percent: 10, weights: [100] },
      ],
      [[252], [28]],
    ],
    [
      'a half',
      [
        { percent: 50, weights: [1, 1] },
        { percent: 50, weights: [7] },
      ],
      [[128, 128], [256]],
    ],
    [
      'all, where the others are not there',
      [
        { percent: 90, weights: [0] },
        { percent: 10, weights: [5] },
      ],
      [[0], [256]],
    ],
    [
      'nothing',
      [
        { percent: 100, weights: [1] },
        { percent: 0, weights: [1] },
      ],
      [[256], [0]],
    ],
    [
      'little for many',
      [
        { percent: 99, weights: [1] },
        { percent: 1, weights: [1, 1, 1, 1] },
      ],
      [[198], [1, 1, 0, 0]],
    ],
  ])('share %s', (_what, portions, expected) => {
    expect(shareWeights(portions)).toEqual(expected);
  });

  it('share by any whole percentage exactly between two servers', () => {
    for (let percent = 1; percent < 100; percent += 1) {
      const [[left = 0] = [], [right = 0] = []] = shareWeights([
        { percent: 100 - percent, weights: [100] },
        { percent, weights: [1] },
      ]);
      expect((100 * right) / (left + right)).toBeCloseTo(percent, 9);
      expect(Math.max(left, right)).toBeGreaterThan(128);
    }
  });

  it('share as near to the percentage as whole numbers come', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), weights, weights, (percent, own, canary) => {
        const [left = [], right = []] = shareWeights([
          { percent: 100 - percent, weights: own },
          { percent, weights: canary },
        ]);
        for (const weight of [...left, ...right]) expect(weight).toBeLessThanOrEqual(256);
        const total = sum(left) + sum(right);
        const exact = (total * percent) / 100;
        expect(Math.abs(sum(right) - exact)).toBeLessThanOrEqual(1.5);
        expect(sum(right)).toBeGreaterThan(0);
      }),
      tries(500),
    );
  });
});
