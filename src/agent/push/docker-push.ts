import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { iamAuthentication, regionOf } from '../../daemon/registry-authentication.ts';
import { type Authentication, generateAddress, postPayload } from '../../registry-client/client.ts';
import { dockerMaker } from '../beliefs/makers.ts';
import type { AgentConfig } from '../config.ts';
import type { RunningSource } from '../model/sighting.ts';
import { type PushListener, startPush } from './push.ts';

/** How often a registry is told at least, so that it does not take this host for silent. */
const everyMs = 60_000;

/**
 * Keeps a registry told of what runs in Docker, which is read for that alone.
 * @throws AppError CONFIG_INVALID where nothing says which region a signature is for
 */
export function startDockerPush(
  push: NonNullable<AgentConfig['push']>,
  { emptyAfterMs }: Pick<AgentConfig['guard'], 'emptyAfterMs'>,
  listener: PushListener,
  parts: { readonly clock: Clock; readonly random: Random },
): RunningSource {
  const { table, host = '', keyword } = push;
  const url = generateAddress(new URL(push.url));
  const client = { url, authentication: authenticationOf(push, url), random: parts.random };
  const running = startPush(
    (payload, known, deadline) => postPayload(client, payload, known, deadline),
    { table, host, everyMs, emptyAfterMs },
    listener,
    parts,
  );
  const source = dockerMaker({ ...push.docker, keyword }, parts).start({
    onReading: (reading) => running.onReading(reading),
    onFailure: (error) => listener.onFailure(error),
  });
  return {
    refresh: () => source.refresh(),
    close: () => {
      source.close();
      running.close();
    },
  };
}

function authenticationOf(
  { auth, region }: Pick<NonNullable<AgentConfig['push']>, 'auth' | 'region'>,
  url: URL,
): Authentication {
  if (auth === 'none') return { kind: 'none' };
  const signed = regionOf(url) ?? region;
  if (signed !== undefined) return iamAuthentication(signed);
  const advice = 'set AWS_REGION, or push.auth to none';
  throw new AppError('CONFIG_INVALID', `push.url: names no region that requests are signed for: ${advice}`);
}
