import { sameJson } from '../core/objects.ts';
import type { AgentConfig } from './config.ts';

/** A configuration for an agent that runs, and which of its keys count after a restart alone. */
export interface Kept {
  readonly config: AgentConfig;
  readonly restartsNeeded: readonly string[];
}

/** Another configuration, with what a running agent cannot change as it is: its HAProxy, its folder, its own listeners. */
export function keepFixed(config: AgentConfig, running: AgentConfig): Kept {
  const { mode, bin, dir, config: file, socket, masterSocket } = running.haproxy;
  const [before, now] = [fixedKeys(running), fixedKeys(config)];
  return {
    config: {
      ...config,
      haproxy: { ...config.haproxy, mode, bin, dir, config: file, socket, masterSocket },
      apply: { ...config.apply, mode: running.apply.mode },
      health: running.health,
      admin: running.admin,
      logLevel: running.logLevel,
    },
    restartsNeeded: Object.keys(now).filter((key) => !sameJson(before[key], now[key])),
  };
}

/** As the file and the environment call them. */
function fixedKeys({ haproxy, apply, health, admin, logLevel }: AgentConfig): Record<string, unknown> {
  return {
    'haproxy.mode': haproxy.mode,
    'haproxy.bin': haproxy.bin,
    'haproxy.dir': haproxy.dir,
    'haproxy.config': haproxy.config,
    'haproxy.socket': haproxy.socket,
    'haproxy.master_socket': haproxy.masterSocket,
    'apply.mode': apply.mode,
    health,
    admin,
    LOG_LEVEL: logLevel,
  };
}
