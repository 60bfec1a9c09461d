import type { Random } from '../../../src/core/random.ts';
import type { Fault, Faults } from '../../../src/sandbox/aws/faults.ts';

/** Strikes a share of all calls, between 0 and 1, each time with one of `kinds`. */
export function randomFaults(random: Random, share: number, kinds: readonly Fault[]): Faults['strike'] {
  return () => (random() < share ? kinds[Math.floor(random() * kinds.length)] : undefined);
}

/** Strikes with each of `faults` once, in this order, the calls of one operation. */
export function faultsInTurn(operation: string, faults: readonly Fault[]): Faults['strike'] {
  const left = [...faults];
  return (call) => (call.operation === operation ? left.shift() : undefined);
}
