import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addCheck } from './check.ts';
import { addEvent } from './event.ts';
import { addServe } from './serve.ts';

export function addProxy(program: Command, context: Context): void {
  const proxy = program.command('proxy').description('let Lambda functions answer plain HTTP');
  addServe(proxy, context);
  addCheck(proxy, context);
  addEvent(proxy, context);
}
