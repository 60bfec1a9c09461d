import type { ErrorCode } from '../../core/errors.ts';
import type { Report } from '../told/report.ts';
import type { ServedConfig } from '../serving.ts';
import type { SlotAnswer, SlotRequest } from './shared-slots.ts';

/** What the first process tells a worker. */
export type ToWorker =
  | { readonly kind: 'change'; readonly config: ServedConfig }
  | { readonly kind: 'report'; readonly question: number }
  | { readonly kind: 'stop' }
  | ({ readonly kind: 'slots' } & SlotAnswer);

/** What a worker tells the first process. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'report'; readonly question: number; readonly report: Report }
  | ({ readonly kind: 'slots' } & SlotRequest);
