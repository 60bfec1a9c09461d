import * as z from 'zod';
import type { Deadline } from '../core/deadline.ts';
import { AppError, isAppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { Place } from '../lambda-service/place.ts';
import type { Requests } from './transport/requests.ts';

/** Whom the services of a mesh trust. */
export interface Roots {
  /** As `11111111-2222-3333-4444-555555555555.consul`; the host of each SPIFFE id. */
  trustDomain: string;
  /** In PEM, the active one first; those that were active before stay for as long as leaves of theirs live. */
  certificates: string[];
}

/** The certificate of a service; times in seconds since 1970. */
export interface Leaf {
  /** In PEM, followed by intermediate ones where there are any. */
  certificates: string;
  /** In PEM. */
  privateKey: Secret;
  validAfter: number;
  validBefore: number;
}

/** The certificate authority of Connect, as the answering agent knows it. The calls throw as {@link Consul} says. */
export interface ConnectAuthority {
  /** The roots; undefined where Connect is off. */
  roots(deadline: Deadline): Promise<Roots | undefined>;
  /**
   * The leaf that the agent keeps for a service, or makes: that of its own datacenter, whatever the place says. Undefined
   * where the place is in another partition than the agent. The token needs service:write.
   */
  leaf(place: Place, service: string, deadline: Deadline): Promise<Leaf | undefined>;
}

const seconds = z.iso.datetime({ offset: true }).transform((time) => Math.floor(Date.parse(time) / 1000));
const rootsAnswer = z.looseObject({
  ActiveRootID: z.string(),
  TrustDomain: z.string(),
  Roots: z.array(z.looseObject({ ID: z.string(), RootCert: z.string() })).nullable(),
});
const leafAnswer = z.looseObject({
  CertPEM: z.string().min(1),
  PrivateKeyPEM: z.string().min(1),
  ValidAfter: seconds,
  ValidBefore: seconds,
});

/** Asks the agent behind `requests` (https://developer.hashicorp.com/consul/api-docs/agent/connect). */
export function createConnectAuthority(requests: Requests): ConnectAuthority {
  return {
    async roots(deadline) {
      const read = requests.read(rootsAnswer, { path: '/agent/connect/ca/roots' }, deadline);
      const answer = await unless(read, isOff);
      if (answer === undefined) return undefined;
      const { ActiveRootID, TrustDomain, Roots } = answer.body;
      // The others by their ids, so that the same roots are the same list.
      const others = (Roots ?? []).filter(({ ID }) => ID !== ActiveRootID);
      const active = (Roots ?? []).filter(({ ID }) => ID === ActiveRootID);
      if (active.length === 0) {
        const message = `Consul at ${answer.site.server} has no active root certificate yet: its certificate authority is being set up.`;
        throw new AppError('UPSTREAM_UNAVAILABLE', message);
      }
      const inOrder = [...active, ...others.toSorted((left, right) => (left.ID < right.ID ? -1 : 1))];
      return { trustDomain: TrustDomain, certificates: inOrder.map(({ RootCert }) => RootCert) };
    },
    async leaf({ datacenter: _ignored, ...place }, service, deadline) {
      const request = { place, path: '/agent/connect/ca/leaf/{service}', params: { service } };
      const answer = await unless(requests.read(leafAnswer, request, deadline), isOfOtherPartition);
      if (answer === undefined) return undefined;
      const { CertPEM, PrivateKeyPEM, ValidAfter, ValidBefore } = answer.body;
      return {
        certificates: CertPEM,
        privateKey: new Secret(PrivateKeyPEM),
        validAfter: ValidAfter,
        validBefore: ValidBefore,
      };
    },
  };
}

/** What `call` gives; undefined where it fails as `expected` says. */
async function unless<Result>(
  call: Promise<Result>,
  expected: (details: AppError['details']) => boolean,
): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAppError(error) && expected(error.details)) return undefined;
    throw error;
  }
}

/** What servers of all versions answer with status 500 where `connect.enabled` is false. */
function isOff({ said }: AppError['details']): boolean {
  return String(said).includes('Connect must be enabled');
}

/** An agent gives leaves of its own partition alone. */
function isOfOtherPartition({ status, said }: AppError['details']): boolean {
  return status === 400 && /partition/i.test(String(said));
}
