import type { AppError } from '../../core/errors.ts';

/** A place that could not be read, or not whole, and why. */
export interface Unseen {
  /** As `datacenter dc2`. */
  where: string;
  error: AppError;
}
