import type { Command } from 'commander';
import { openProxyOutput } from '../../proxy/told/output.ts';
import { runProxy } from '../../proxy/run.ts';
import type { Context } from '../context.ts';
import { fileOf, withFile } from '../file-or-command.ts';
import { withHelp } from '../help.ts';

/** Makes the command run a proxy when none of its subcommands is named. */
export function addServe(proxy: Command, { env }: Context): void {
  withFile(proxy, 'lrp.yaml', 'the file with routes and settings; without it the defaults');
  withHelp(proxy, {
    notes:
      'One JSON line for each request goes to standard output, all else to standard error. SIGHUP, or another content of the file, makes the proxy read it again; SIGTERM, SIGINT and SIGQUIT end it when the requests that it has are answered.',
    exit: {
      0: 'ended by a signal',
      1: 'it cannot listen',
      66: 'the file cannot be read',
      78: 'it holds what the proxy does not take',
    },
    examples: [
      'lambda-registrator proxy                 # on port 8080, without routes',
      'lambda-registrator proxy lrp.yaml',
      'lambda-registrator proxy check lrp.yaml  # what is wrong with it, and its routes',
    ],
  }).action(async () => {
    const file = fileOf(proxy);
    const { logger, accessLog, errors, flush } = openProxyOutput();
    try {
      await runProxy(file, { env, logger, accessLog, errors });
    } finally {
      await flush();
    }
    // What nobody takes of the access log would keep the process.
    process.exit();
  });
}
