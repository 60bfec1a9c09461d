import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { consulKeys, consulNames, hasOneToken, tokenTwice } from '../../config/consul-file.ts';
import { oneOf } from '../../config/fields.ts';
import { domain } from '../../config/place-fields.ts';
import { formatNames } from '../../http/format-choice.ts';
import { awsKeys } from './routes.ts';

/** Consul, and how all functions that are registered in it are invoked. */
export const consulSection = z
  .object({
    ...awsKeys,
    ...consulKeys('consul', (file) => readFileSync(file, 'utf8')),
    domain: domain.default(''),
    format: oneOf(['auto', ...formatNames]).default('auto'),
  })
  .refine(hasOneToken, tokenTwice);

/** What users call the settings, for advice in messages. */
export const consulSettingNames = consulNames('consul');
