import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { addPush } from './push.ts';
import { addServe } from './serve.ts';

export function addRegistry(program: Command, context: Context): void {
  const registry = program
    .command('registry')
    .description('turn what containers report into HAProxy configurations');
  withHelp(registry, {
    examples: [
      'lambda-registrator registry serve --embedded --table demo',
      'lambda-registrator registry push payload.json --url http://127.0.0.1:8080',
    ],
  });
  addServe(registry, context);
  addPush(registry, context);
}
