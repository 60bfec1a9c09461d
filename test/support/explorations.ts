/** Set by `vitest.soak.config.ts`. */
const isSoak = process.env['SOAK'] === 'true';

/** Where every exploration begins: always at one place in `npm test`, anywhere in `npm run test:soak`. */
export const firstSeed = Number(process.env['EXPLORATION_SEED']);

/** How far something is explored: `usual` in `npm test`, `long` in `npm run test:soak`. */
export function extent(usual: number, long = 100 * usual): number {
  return isSoak ? long : usual;
}

/** How often fast-check tries a property, and from where: `fc.assert(property, tries(1000))`. */
export function tries(usual = 100, long?: number): { numRuns: number; seed: number } {
  return { numRuns: extent(usual, long), seed: firstSeed };
}
