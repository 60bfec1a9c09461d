import { onTestFinished } from 'vitest';

/** Disposes of something when the test has ended, the last that was used first. */
export function used<One extends AsyncDisposable>(one: One): One {
  onTestFinished(() => one[Symbol.asyncDispose]());
  return one;
}
