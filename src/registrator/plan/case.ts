import type { Place } from '../../lambda-service/place.ts';
import type { LambdaService } from '../../lambda-service/service.ts';
import type { ServiceDefaultsFormat } from '../../lambda-service/service-defaults.ts';
import type { AppError } from '../../core/errors.ts';
import type { DeniedLink } from '../gateways/warnings.ts';
import type { Change } from '../model/change.ts';
import type { Key } from '../model/key.ts';
import type { Pair, Scope } from '../model/ownership.ts';
import type { SkipEntry } from '../model/report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Ground, Territory } from '../model/territory.ts';
import type { ClaimedNames } from './claims.ts';

export interface PlanSettings extends Territory {
  scope: Scope;
  format: ServiceDefaultsFormat;
  policy: 'sync' | 'upsert-only';
  adoptUnowned: boolean;
}

/** What is to be done about one name. */
export interface Decision {
  change?: Change;
  skips: SkipEntry[];
  /** The name, where Consul already holds what is wanted. */
  unchanged?: Key;
  /** The name, where what is to go has to stay for now. */
  stays?: Key;
  /** The pair counts as ours. */
  isOwned?: boolean;
  /** A gateway that could not be looked at, so that its link stays as it is. */
  closedLink?: ClosedLink;
}

/** A service whose terminating gateway could not be looked at. */
export interface ClosedLink extends DeniedLink {
  arn: string;
  error: AppError;
}

/** What all decisions of a plan rest on. */
export interface Basis {
  snapshot: Snapshot;
  settings: PlanSettings;
  ground: Ground;
  claimed: ClaimedNames;
  /** Pairs with a service by the key of the service-defaults that they share; empty where all are at home. */
  siblings: ReadonlyMap<Key, readonly Pair[]>;
}

/** One name: what Consul holds under it, who claims it in order of precedence, and what else counts. */
export interface Case extends Basis {
  key: Key;
  place: Place;
  pair: Pair;
  claims: readonly LambdaService[];
  /** Those that claim the name in other datacenters. */
  rivals: readonly LambdaService[];
}
