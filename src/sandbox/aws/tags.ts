import * as z from 'zod';
import { objectOf } from '../../core/objects.ts';

/** Letters, digits, spaces and `+ - = . _ : / @` (https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html). */
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export const tagKey = z
  .string()
  .min(1)
  .max(128)
  .regex(allowed)
  .refine((key) => !key.toLowerCase().startsWith('aws:'), 'the prefix aws: is reserved');

export const tagValue = z.string().max(256).regex(allowed);

export const tagMap = objectOf(tagValue).refine(
  (tags) => Object.keys(tags).every((key) => tagKey.safeParse(key).success),
  'a key is no tag key',
);

/** Tags that one resource may carry. */
export const maxTags = 50;
