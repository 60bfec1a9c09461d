import type { Environment } from '../config/options.ts';
import type { Reconcile } from './registrator/reconcile.ts';
import type { Terminal } from './terminal.ts';

/** What the commands work with. */
export interface Context {
  terminal: Terminal;
  env: Environment;
  reconcile: Reconcile;
  /** Says which code the process is to end with. */
  exit(code: number): void;
}
