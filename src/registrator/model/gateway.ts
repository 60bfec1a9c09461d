import type { TerminatingGateway } from '../../consul/api.ts';
import type { AppError } from '../../core/errors.ts';

/** A service as the entry of a gateway lists it. */
export interface Link {
  service: string;
  /** Under Enterprise, where services of any namespace may be listed; without it `default`. */
  namespace?: string;
}

/** The entry of a gateway, or that there is none, as it was seen; or why it could not be seen. */
export type GatewayView =
  { kind: 'seen'; entry: TerminatingGateway | undefined } | { kind: 'closed'; error: AppError };
