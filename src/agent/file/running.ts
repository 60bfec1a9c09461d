import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { hasOneToken, tokenTwice } from '../../config/consul-file.ts';
import { checkToken, checkTokenFile } from '../../config/consul-options.ts';
import { oneOf } from '../../config/fields.ts';
import {
  besideOtherProblems,
  checkedValue,
  count,
  longDuration,
  optionalText,
} from '../../config/file-fields.ts';
import { accepted, refused } from '../../core/checked.ts';
import { isLoopback } from '../../core/network/addresses.ts';
import { flag, listen, redirectTarget } from './fields.ts';

const second = 1000;
const minute = 60 * second;

/** `auto`, or false for "never". */
const statsPaths: z.ZodType<boolean> = checkedValue(
  (value) =>
    value === 'auto' || value === false ? accepted(value === 'auto') : refused('auto or false', value),
  { enum: ['auto', false] },
);

/** What becomes of requests that no service takes, and whether HAProxy's pages may be on the main listener. */
export const routing = z
  .object({
    default_domain: redirectTarget,
    keep_path: flag.default(true),
    stats_paths: statsPaths.default(true),
  })
  .prefault({})
  .transform(({ default_domain, keep_path, stats_paths }) => ({
    defaultDomain: default_domain,
    keepPath: keep_path,
    statsPaths: stats_paths,
  }));

/** How changes reach HAProxy. Times in milliseconds. */
export const apply = z
  .object({
    mode: oneOf(['on', 'off']).default('on'),
    debounce: longDuration(0).default(50),
    max_wait: longDuration(0).default(second),
    min_reload_interval: longDuration(0).default(2 * second),
    drain: longDuration(0).default(30 * second),
    verify: longDuration().default(10 * second),
    start_wait: longDuration(0).default(10 * second),
    resync: longDuration(second).default(10 * second),
  })
  .prefault({})
  .transform((keys) => ({
    mode: keys.mode,
    debounceMs: keys.debounce,
    maxWaitMs: keys.max_wait,
    minReloadIntervalMs: keys.min_reload_interval,
    drainMs: keys.drain,
    verifyMs: keys.verify,
    startWaitMs: keys.start_wait,
    resyncMs: keys.resync,
  }));

/** What of a source's news is believed, and when. Times in milliseconds. */
export const guard = z
  .object({
    percent: count(0, 100).default(50),
    reads: count(1, 100).default(3),
    interval: longDuration(100).default(2 * second),
    empty_after: longDuration(0).default(10 * minute),
  })
  .prefault({})
  .transform(({ interval, empty_after, ...keys }) => ({
    ...keys,
    intervalMs: interval,
    emptyAfterMs: empty_after,
  }));

/** Where orchestrators ask whether the agent is well. */
export const health = z
  .object({ bind: listen.prefault(':3000'), source_failures: count(0, 1_000_000).default(0) })
  .prefault({})
  .transform(({ bind, source_failures: sourceFailures }) => ({ bind, sourceFailures }));

/** The pages for those who run the agent. */
export const admin = z
  .object({
    bind: listen.prefault('127.0.0.1:9091'),
    token: optionalText(checkToken),
    token_file: optionalText((file) =>
      checkTokenFile(file, (name) => readFileSync(name, 'utf8'), 'admin.token'),
    ),
  })
  .refine(hasOneToken, tokenTwice)
  .refine(
    ({ bind, token, token_file: tokenFile }) =>
      // Whatever is wrong with the address or the tokens is told by their own fields.
      typeof bind?.address !== 'string' || isLoopback(bind.address) || (token ?? tokenFile) !== undefined,
    {
      error: 'must be a loopback address as 127.0.0.1:9091, unless admin.token or admin.token_file is given',
      path: ['bind'],
      ...besideOtherProblems,
    },
  )
  .transform(({ bind, token, token_file: tokenFile }) => ({ bind, token, tokenFile }))
  .optional();
