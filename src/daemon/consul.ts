import { readFileSync } from 'node:fs';
import { createAwsParameters } from '../aws/parameters.ts';
import type { ConsulSettings } from '../config/consul-options.ts';
import type { Random } from '../core/random.ts';
import { type Consul, createConsul } from '../consul/client.ts';
import type { ConsulTls } from '../consul/transport/connections.ts';
import type { SettingNames } from '../consul/transport/errors.ts';
import type { ConsulOptions } from '../consul/transport/requests.ts';
import { createCredentials } from './credentials.ts';

/**
 * A client of the Consul that a program was told of. Nothing is sent, to Consul or to Parameter Store, before its first
 * call; its calls throw CONFIG_INVALID, too, when a parameter or file does not hold what it must.
 * @param names what users call the settings, for advice in messages
 * @param random gives numbers in [0, 1) for the waits between attempts
 * @param limits how many connections it may open, where that is not the usual number
 */
export function connectConsul(
  settings: ConsulSettings,
  names: SettingNames,
  random: Random,
  limits: Pick<ConsulOptions, 'maxConnections'> = {},
): Consul {
  const { address, auth } = settings;
  const credentials = createCredentials({
    ...settings,
    parameters: createAwsParameters({ random }),
    readFile: (file) => readFileSync(file, 'utf8'),
    names,
  });
  return createConsul({
    ...limits,
    address,
    credentials,
    ...(auth === undefined ? {} : { auth }),
    tls: tlsOf(settings),
    names,
    random,
  });
}

function tlsOf({ sslVerify, serverName, clientCert, clientKey }: ConsulSettings): ConsulTls {
  return {
    verify: sslVerify,
    ...(serverName === undefined ? {} : { serverName }),
    ...(clientCert === undefined ? {} : { clientCert }),
    ...(clientKey === undefined ? {} : { clientKey }),
  };
}
