import { isAppError } from '../../../src/core/errors.ts';
import { render } from '../../../src/haproxy/render.ts';
import {
  type Configuration,
  type Route,
  type Server,
  type Service,
  standardDefaults,
  standardGlobal,
} from '../../../src/haproxy/model.ts';

/** A configuration with one plain bind on loopback and nothing else, changed by `parts`. */
export function configuration(parts: Partial<Configuration> & { port?: number } = {}): Configuration {
  const { port = 8080, ...rest } = parts;
  return {
    global: standardGlobal,
    defaults: standardDefaults,
    frontend: { binds: [{ address: '127.0.0.1', port }], trustedProxies: [] },
    resolvers: { nameservers: [] },
    services: [],
    ...rest,
  };
}

export function service(
  name: string,
  routes: readonly Partial<Route>[],
  parts: Partial<Service> = {},
): Service {
  return {
    name,
    balance: 'roundrobin',
    servers: [],
    ...parts,
    routes: routes.map((route) => ({ strip: false, tls: false, ...route })),
  };
}

/** Servers on loopback, named by what listens there. */
export function serversOf(...servers: { name: string; port: number }[]): Server[] {
  return servers.map(({ name, port }) => ({ id: name, address: '127.0.0.1', port }));
}

/** Check intervals that let a test see states change at once. */
export const quickChecks: Configuration['defaults'] = {
  ...standardDefaults,
  checks: { interval: 50, fastInterval: 50, downInterval: 50, rise: 1, fall: 1 },
};

/** The fields that keep a model from being rendered; empty when it is rendered. */
export function fieldsRefused(model: Configuration): string[] {
  try {
    render(model);
  } catch (error) {
    if (isAppError(error, 'CONFIG_INVALID')) {
      return (error.details['problems'] as { field: string }[]).map(({ field }) => field);
    }
    throw error;
  }
  return [];
}
