import type { Lambda } from '../../../src/aws/invoke/api.ts';
import { createLambdaInvoker, type LambdaOptions } from '../../../src/aws/invoke/lambda.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createCancellation, keysOf } from './invoke-endpoint.ts';

export const traceId = 'Root=1-66a0b1c2-000000000000000000000001';
export const nobodyLeaves = createCancellation();

/** A call with this event. */
export function callWith(event: string): { payload: Buffer; traceId: string } {
  return { payload: Buffer.from(event), traceId };
}

/** Lambda with waits without chance, and with the keys that test endpoints know. */
export function lambdaInvoker(options: Partial<LambdaOptions> = {}): Promise<Lambda & AsyncDisposable> {
  return disposable({ credentials: () => Promise.resolve(keysOf()), ...options });
}

/** The same with the credentials that the SDK finds. */
export function lambdaInvokerOfSdk(): Promise<Lambda & AsyncDisposable> {
  return disposable({});
}

async function disposable(options: Partial<LambdaOptions>): Promise<Lambda & AsyncDisposable> {
  const lambda = await createLambdaInvoker({ clock: systemClock, random: () => 0, ...options });
  return { ...lambda, [Symbol.asyncDispose]: () => lambda.close() };
}
