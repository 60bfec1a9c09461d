/** A source of numbers in [0, 1): `Math.random` in production, a seeded one in tests. */
export type Random = () => number;

/** Chance itself, good for waits and nothing secret. */
export const systemRandom: Random = () => Math.random();
