import * as z from 'zod';
import type { Deadline } from '../core/deadline.ts';
import type { Requests } from './transport/requests.ts';

const versionAnswer = z.looseObject({ HumanVersion: z.string() });
const configuration = z.looseObject({ PrimaryDatacenter: z.string().exactOptional() });
const selfAnswer = z.looseObject({
  Config: configuration.extend({ Version: z.string() }),
  DebugConfig: configuration.exactOptional(),
});

/** What a Consul says of itself. The calls throw as {@link Consul} says. */
export interface ServerInfo {
  /** Version of the answering agent, or undefined where neither `/v1/agent/version` nor `/v1/agent/self` tells. */
  version(deadline: Deadline): Promise<string | undefined>;
  /**
   * Name of the datacenter that keeps the config entries of a federation, the agent's own where `primary_datacenter` is not
   * set; undefined where the token may not learn it.
   */
  primaryDatacenter(deadline: Deadline): Promise<string | undefined>;
}

/**
 * What the answering agent says of itself (https://developer.hashicorp.com/consul/api-docs/agent): `/v1/agent/version`
 * needs no rights and exists since 1.16, `/v1/agent/self` needs agent:read.
 */
export function createServerInfo(requests: Requests): ServerInfo {
  async function self(deadline: Deadline): Promise<z.output<typeof selfAnswer> | undefined> {
    const { status, body } = await requests.send({ path: '/agent/self', expect: [200, 403, 404] }, deadline);
    return status === 200 ? selfAnswer.safeParse(body).data : undefined;
  }
  return {
    async version(deadline) {
      const request = { path: '/agent/version', expect: [200, 403, 404] };
      const { status, body } = await requests.send(request, deadline);
      const told = status === 200 ? versionAnswer.safeParse(body).data?.HumanVersion : undefined;
      return told ?? (await self(deadline))?.Config.Version;
    },
    async primaryDatacenter(deadline) {
      const { Config, DebugConfig } = (await self(deadline)) ?? {};
      // Old servers (1.8) tell it among what helps to find faults alone.
      return Config?.PrimaryDatacenter || DebugConfig?.PrimaryDatacenter || undefined;
    },
  };
}
