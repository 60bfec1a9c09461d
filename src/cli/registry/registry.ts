import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addPush } from './push.ts';
import { addServe } from './serve.ts';

export function addRegistry(program: Command, context: Context): void {
  const registry = program
    .command('registry')
    .description('turn what containers report into HAProxy configurations');
  addServe(registry, context);
  addPush(registry, context);
}
