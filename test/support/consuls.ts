import type { ConsulEndpoint } from './consul-calls.ts';
import { atLeast, consulVersion, startConsul } from './consul-server.ts';
import { startStrictConsul } from './strict-consul/server.ts';

type Start = (options?: { acl?: boolean }) => Promise<ConsulEndpoint>;

/** For suites that hold on every Consul, and so hold the stand-in to the real one. */
export const consuls: readonly { name: string; start: Start }[] = [
  { name: "this machine's Consul", start: startConsul },
  { name: 'the stand-in for a current Consul', start: startStrictConsul },
];

/** A Consul whose service-defaults take Envoy extensions: this machine's where it is new enough, else the stand-in. */
export const startCurrentConsul: Start = async (options) => {
  const isCurrent = atLeast(await consulVersion(), 1, 15);
  return isCurrent ? startConsul(options) : startStrictConsul(options);
};
