import type { ConsulEndpoint } from './calls.ts';
import { startConsul } from './server.ts';
import { startStrictConsul } from '../strict-consul/server.ts';

type Start = (options?: { acl?: boolean }) => Promise<ConsulEndpoint>;

/** For suites that hold on every Consul, and so hold the stand-in to the real one. */
export const consuls: readonly { name: string; start: Start }[] = [
  { name: "this machine's Consul", start: startConsul },
  { name: 'the stand-in for a current Consul', start: startStrictConsul },
];

/** For suites that run on this machine's Consul and, in the project `stand-in`, once more on the stand-in. */
export const startProjectConsul: Start = (options) =>
  process.env['CONSUL_STAND_IN'] === undefined ? startConsul(options) : startStrictConsul(options);
