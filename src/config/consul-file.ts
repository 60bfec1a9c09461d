import type * as z from 'zod';
import {
  checkAddress,
  checkPem,
  checkToken,
  checkTokenFile,
  type ConsulSettings,
  type ReadFile,
  resolveAddress,
} from './consul-options.ts';
import { checkedText } from './fields.ts';
import { besideOtherProblems, optionalText } from './file-fields.ts';
import { consulName } from './place-fields.ts';

/**
 * How a file says where Consul is, who asks, and which of its places is meant.
 * @param section what users call the section, for messages
 * @param readFile reads certificates and tokens from files that keys name
 */
export function consulKeys(section: string, readFile: ReadFile) {
  return {
    address: checkedText((text) => checkAddress(text)).prefault('http://127.0.0.1:8500'),
    token: optionalText(checkToken),
    token_file: optionalText((file) => checkTokenFile(file, readFile, `${section}.token`)),
    ca_file: optionalText((file) => checkPem(file, readFile)),
    datacenter: consulName,
    namespace: consulName,
    partition: consulName,
  };
}

type ConsulKeys = z.output<z.ZodObject<ReturnType<typeof consulKeys>>>;

/** Whether a section names its token once; for a refinement with {@link tokenTwice}. */
export function hasOneToken({ token, token_file }: { token?: unknown; token_file?: unknown }): boolean {
  return token === undefined || token_file === undefined;
}

/** What is said where it does not. */
export const tokenTwice = {
  error: 'must be left out where token is given',
  path: ['token_file'],
  ...besideOtherProblems,
};

/** What users call the settings, for advice in messages. */
export function consulNames(section: string) {
  return {
    address: `${section}.address`,
    token: `${section}.token`,
    tokenFile: `${section}.token_file`,
    ca: `${section}.ca_file`,
    datacenter: `${section}.datacenter`,
  } as const;
}

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
export function placeOf({ datacenter, namespace, partition }: ConsulKeys): {
  datacenter?: string;
  namespace?: string;
  partition?: string;
} {
  return {
    ...(datacenter === undefined ? {} : { datacenter }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(partition === undefined ? {} : { partition }),
  };
}
