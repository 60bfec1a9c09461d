import { type AppError, isAppError } from '../../core/errors.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** What a run was not permitted to see. */
export interface Denials {
  /** Something in Consul is hidden, or may be. */
  consul: boolean;
  /** How many of the reads of functions AWS denied. */
  aws: 'none' | 'some' | 'all';
}

/** @param listing why functions could not be listed whole */
export function denialsOf({ observed, functions }: Snapshot, listing: AppError | undefined): Denials {
  const denied = [...functions.values()].filter(
    (state) => state.kind === 'unreadable' && isAppError(state.error, 'UPSTREAM_AUTH'),
  ).length;
  const isListingDenied = isAppError(listing, 'UPSTREAM_AUTH');
  const areAll = denied === functions.size && (denied > 0 || isListingDenied);
  return {
    consul: [...observed.nodes.values()].some(({ isWhole }) => !isWhole),
    aws: areAll ? 'all' : denied > 0 || isListingDenied ? 'some' : 'none',
  };
}
