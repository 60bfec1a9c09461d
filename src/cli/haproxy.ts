import type { Environment } from '../config/options.ts';
import { findProgram, programs } from '../local/binaries.ts';

/** The HAProxy binary of this machine, where there is one. */
export function haproxyIn(env: Environment): Promise<string | undefined> {
  return findProgram(programs.haproxy, { environment: env, cache: '.cache' });
}

/** What runs for the key `haproxy.bin` of an agent, which `HAPROXY_BIN` stands over: `haproxy` is the one that is found here. */
export async function haproxyCalled(bin: string, { PATH }: Environment): Promise<string> {
  if (bin !== programs.haproxy.name) return bin;
  return (await haproxyIn({ PATH })) ?? bin;
}
