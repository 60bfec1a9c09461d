import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { createApplier } from '../../../src/agent/apply/applier.ts';
import type { ApplierOptions } from '../../../src/agent/apply/options.ts';
import type { Service } from '../../../src/haproxy/model.ts';
import { layoutAt } from './applied-haproxy.ts';

/** What a mortal applier is to do. */
export interface Life {
  readonly options: ApplierOptions;
  readonly port: number;
  /** It brings HAProxy to these, one after another. */
  readonly worlds: readonly (readonly Service[])[];
  /** What it may still do to files and sockets on its way to the last world, where it dies then; absent: it gets there. */
  readonly steps: number | undefined;
}

/** A program that applies what it is told, and may be killed before any word to HAProxy and any change of a file. */
const { options, port, worlds, steps } = JSON.parse(process.argv[2] ?? '') as Life;
let left = Infinity;

function step(): void {
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
  left -= 1;
}

const { rename } = fs;
fs.rename = (from, to) => {
  step();
  return rename(from, to);
};
syncBuiltinESMExports();
for (const name of ['write', 'end'] as const) {
  const real = Socket.prototype[name] as (this: Socket, ...args: unknown[]) => unknown;
  Socket.prototype[name] = function (this: Socket, ...args: unknown[]) {
    step();
    return real.apply(this, args);
  } as never;
}

const applier = createApplier(options, {
  onChange: () => undefined,
  onFailure: () => undefined,
  onOutput: () => undefined,
});
await applier.start();
for (const [at, services] of worlds.entries()) {
  if (at === worlds.length - 1 && steps !== undefined) left = steps;
  applier.want(layoutAt(options, port, services));
  await applier.settled();
}
process.kill(process.pid, 'SIGKILL');
