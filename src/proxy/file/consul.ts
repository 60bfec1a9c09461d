import { readFileSync } from 'node:fs';
import * as z from 'zod';
import {
  checkAddress,
  checkPem,
  checkToken,
  checkTokenFile,
  type ConsulSettings,
  resolveAddress,
} from '../../config/consul-options.ts';
import { checkedText, oneOf } from '../../config/fields.ts';
import { besideOtherProblems, optionalText } from '../../config/file-fields.ts';
import { formatNames } from '../../http/format-choice.ts';
import type { Place } from '../../lambda-service/place.ts';
import { consulName, domain } from './fields.ts';
import { awsKeys } from './routes.ts';

const readFile = (file: string): string => readFileSync(file, 'utf8');

/** Consul, and how all functions that are registered in it are invoked. */
export const consulSection = z
  .object({
    ...awsKeys,
    address: checkedText((text) => checkAddress(text)).prefault('http://127.0.0.1:8500'),
    token: optionalText(checkToken),
    token_file: optionalText((file) => checkTokenFile(file, readFile, 'consul.token')),
    ca_file: optionalText((file) => checkPem(file, readFile)),
    datacenter: consulName,
    namespace: consulName,
    partition: consulName,
    domain: domain.default(''),
    format: oneOf(['auto', ...formatNames]).default('auto'),
  })
  .refine(({ token, token_file: tokenFile }) => token === undefined || tokenFile === undefined, {
    error: 'must be left out where token is given',
    path: ['token_file'],
    ...besideOtherProblems,
  });

type ConsulKeys = z.output<typeof consulSection>;

/** What users call the settings, for advice in messages. */
export const consulSettingNames = {
  address: 'consul.address',
  token: 'consul.token',
  tokenFile: 'consul.token_file',
  ca: 'consul.ca_file',
  datacenter: 'consul.datacenter',
} as const;

/** What a client of Consul is made from. */
export function consulSettings(keys: ConsulKeys): ConsulSettings {
  return {
    address: resolveAddress({ address: keys.address, ssl: false }),
    sslVerify: true,
    serverName: undefined,
    tokenParameter: undefined,
    tokenFile: keys.token_file,
    token: keys.token,
    auth: undefined,
    caParameter: undefined,
    ca: keys.ca_file,
    clientCert: undefined,
    clientKey: undefined,
  };
}

/** Where in Consul the services are. */
export function placeOf({ datacenter, namespace, partition }: ConsulKeys): Place {
  return {
    ...(datacenter === undefined ? {} : { datacenter }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(partition === undefined ? {} : { partition }),
  };
}
