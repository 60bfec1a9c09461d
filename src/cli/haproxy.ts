import type { Environment } from '../config/options.ts';
import { findProgram, programs } from '../local/binaries.ts';

/** The HAProxy binary of this machine, where there is one. */
export function haproxyIn(env: Environment): Promise<string | undefined> {
  return findProgram(programs.haproxy, { environment: env, cache: '.cache' });
}
