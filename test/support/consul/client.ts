import type { CredentialSource } from '../../../src/consul/api.ts';
import { type Consul, createConsul } from '../../../src/consul/client.ts';
import type { ConsulOptions } from '../../../src/consul/transport/requests.ts';
import { variablesOf } from '../../../src/config/options.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { type Deadline, deadlineIn } from '../../../src/core/deadline.ts';
import { Secret } from '../../../src/core/secret.ts';
import { registratorOptions } from '../../../src/registrator/config.ts';

/** Credentials that never change. */
export function fixedCredentials(token?: string, ca?: string): CredentialSource {
  const credentials = { ...(token && { token: new Secret(token) }), ...(ca && { ca }) };
  return { current: () => Promise.resolve(credentials), renew: () => Promise.resolve(undefined) };
}

/** What the registrator's users call the settings. */
const settingNames = variablesOf(registratorOptions);

/** A client of a server of the tests, as its management token unless `token` says otherwise. */
export function consulClient(
  server: { host: string; port: number; managementToken?: string | undefined },
  options: Partial<ConsulOptions> & { token?: string } = {},
): Consul {
  const { token = server.managementToken, ...others } = options;
  return createConsul({
    address: { host: server.host, port: server.port, secure: false },
    credentials: fixedCredentials(token),
    names: settingNames,
    retry: { attempts: 3, baseMs: 1, maxMs: 1 },
    ...others,
  });
}

/** Long enough for any test. */
export function testDeadline(ms = 60_000): Deadline {
  return deadlineIn(systemClock, ms);
}
