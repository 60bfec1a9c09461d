import type { ProxyFileText } from '../file-text.ts';
import type { Report } from '../report.ts';
import type { SlotAnswer, SlotRequest } from './shared-slots.ts';

/** What the first process tells a worker. */
export type ToWorker =
  /** `workers`: among how many the connections that may be open are shared. */
  | { readonly kind: 'change'; readonly file: ProxyFileText; readonly workers: number }
  | { readonly kind: 'report'; readonly question: number }
  | { readonly kind: 'stop' }
  | ({ readonly kind: 'slots' } & SlotAnswer);

/** What a worker tells the first process. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'report'; readonly question: number; readonly report: Report }
  | ({ readonly kind: 'slots' } & SlotRequest);
