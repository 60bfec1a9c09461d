import type { Consul } from '../../../src/consul/client.ts';
import { intercept, isConsulWrite } from './intercept.ts';

/** A Consul whose caller dies right before its write number `fatal` (from 0); operations of a batch count one by one. */
export function dyingBefore(target: Consul, fatal: number): { consul: Consul; died(): boolean } {
  let written = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Error('killed');
  };
  const mortal = intercept(target, async ({ method, args, make }) => {
    if (dead) die();
    if (!isConsulWrite(method)) return make();
    const [place, operations, ...rest] = method === 'transact' ? args : [undefined, [undefined]];
    const batch = operations as unknown[];
    const before = written;
    written += batch.length;
    if (fatal >= written) return make();
    if (method === 'transact' && fatal > before) await make([place, batch.slice(0, fatal - before), ...rest]);
    return die();
  });
  return { consul: mortal, died: () => dead };
}
