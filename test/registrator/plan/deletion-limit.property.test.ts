import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeletionCount, deletionsAllowed } from '../../../src/registrator/plan/deletion-limit.ts';
import { tries } from '../../support/explorations.ts';

const few = fc.nat({ max: 60 });
const counts: fc.Arbitrary<DeletionCount> = fc.record({ certain: few, possible: few, owned: few });
const percents = fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined });
const rank = { no: 0, undecided: 1, yes: 2 };

describe('the limit of deletions', () => {
  it('is raised by an allowance to exactly that number, and never lowered', () => {
    const property = fc.property(counts, percents, few, (count, percent, allowance) => {
      const usual = deletionsAllowed(count, percent);
      const raised = deletionsAllowed(count, percent, allowance);
      expect(rank[raised]).toBeGreaterThanOrEqual(rank[usual]);
      const all = count.certain + count.possible;
      expect(raised === 'yes').toBe(usual === 'yes' || all <= allowance);
      expect(raised === 'no').toBe(usual === 'no' && count.certain > allowance);
    });
    fc.assert(property, tries(1000));
  });

  it('does not change with what is found out, except from undecided', () => {
    const property = fc.property(counts, percents, few, few, (count, percent, allowance, found) => {
      const { certain, possible, owned } = count;
      const confirmed = Math.min(found, possible);
      const known = { certain: certain + confirmed, possible: possible - confirmed, owned };
      const before = deletionsAllowed(count, percent, allowance);
      const after = deletionsAllowed(known, percent, allowance);
      expect(before === 'undecided' || after === before).toBe(true);
    });
    fc.assert(property, tries(1000));
  });
});
