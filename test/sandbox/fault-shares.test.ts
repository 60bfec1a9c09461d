import { describe, expect, it } from 'vitest';
import { faultsByShare } from '../../src/sandbox/aws/faults.ts';
import { faultSharesIn, faultSharesText, sharesByFault } from '../../src/sandbox/fault-shares.ts';

describe('words for faults', () => {
  it.each([
    [['throttle=30', 'drop=5'], { throttle: 30, drop: 5 }, 'throttle 30 %, drop 5 %'],
    [['error=2.5%'], { error: 2.5 }, 'error 2.5 %'],
    [['throttle=0'], {}, 'off'],
    [['off'], {}, 'off'],
    [['throttle=60', 'drop=40'], { throttle: 60, drop: 40 }, 'throttle 60 %, drop 40 %'],
  ])('%j are %j', (words, shares, text) => {
    expect(faultSharesIn(words)).toEqual(shares);
    expect(faultSharesText(faultSharesIn(words))).toBe(text);
  });

  it.each([
    [['throtle=30'], '"throtle=30" is no fault. Did you mean throttle?'],
    [['of'], '"of" is no fault. Did you mean off?'],
    [['hiccups=3'], '"hiccups=3" is no fault. Known are throttle, drop, error, off.'],
    [['drop'], '"drop" needs a percentage from 0 to 100, as in drop=30.'],
    [['drop=101'], '"drop=101" needs a percentage from 0 to 100, as in drop=30.'],
    [['drop=-1'], '"drop=-1" needs a percentage from 0 to 100, as in drop=30.'],
    [['drop=5=6'], '"drop=5=6" needs a percentage from 0 to 100, as in drop=30.'],
    [['drop=5', 'off'], '"off" stands alone.'],
    [['drop=5', 'drop=6'], '"drop" is given twice.'],
    [['throttle=60', 'drop=50'], 'throttle=60 drop=50: all of them together are more than 100 %.'],
  ])('%j are refused', (words, message) => {
    expect(() => faultSharesIn(words)).toThrow(expect.objectContaining({ code: 'USAGE', message }));
  });
});

it('strikes each with its own share', () => {
  const numbers = [0, 0.29, 0.3, 0.34, 0.36, 0.99];
  const shares = sharesByFault({ throttle: 30, drop: 5 });
  const strike = faultsByShare(() => numbers.shift() ?? 1, shares);
  const call = { service: 'lambda', operation: 'ListTags', input: {}, userAgent: '' } as const;
  const struck = Array.from({ length: 6 }, () => strike(call));
  expect(struck).toEqual(['throttle', 'throttle', 'drop', 'drop', undefined, undefined]);
});
