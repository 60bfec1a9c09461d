import { createModeller, type ModelRules, type SourceView } from '../../../src/agent/model/merge.ts';
import type { AgentModel, SourceName } from '../../../src/agent/model/agent-model.ts';
import type { ServiceOptions } from '../../../src/agent/model/options.ts';
import type { Reading, SeenInstance, Sighting } from '../../../src/agent/model/sighting.ts';

/** An instance on 10.0.0.1, changed by `parts`. */
export function instance(id: string, parts: Partial<SeenInstance> = {}): SeenInstance {
  return {
    id,
    address: '10.0.0.1',
    port: 80,
    weight: 1,
    state: 'ready',
    attributes: {},
    routes: [],
    ...parts,
  };
}

/** Instances with addresses of their own, by their ids. */
export function instances(...ids: string[]): SeenInstance[] {
  return ids.map((id, at) => instance(id, { address: `10.0.${Math.floor(at / 250)}.${(at % 250) + 1}` }));
}

/** A service that asks for its name as a host. */
export function sighting(
  service: string,
  instances: readonly SeenInstance[],
  parts: Partial<Sighting> = {},
): Sighting {
  return { service, instances, fallback: [{ host: `${service}.example` }], isFunction: false, ...parts };
}

export function view(source: SourceName, ...sightings: Sighting[]): SourceView {
  return { source, sightings, problems: [] };
}

/** A look at a whole source. */
export function reading(sightings: readonly Sighting[], parts: Partial<Reading> = {}): Reading {
  return {
    sightings: new Map(sightings.map((one) => [one.service, one])),
    unread: new Set(),
    isWhole: true,
    problems: [],
    ...parts,
  };
}

export const defaultOptions: ServiceOptions = {
  balance: 'roundrobin',
  check: 'tcp',
  interMs: 2000,
  fall: 3,
  rise: 2,
  weight: 100,
  maxconn: 0,
  timeoutMs: 60_000,
  slowstartMs: 0,
  failOpen: true,
  sticky: false,
  scheme: 'http',
  snippet: [],
};

/** Rules of a HAProxy with TLS, changed by `parts`. */
export function rules(parts: Partial<ModelRules> = {}): ModelRules {
  return {
    defaults: defaultOptions,
    overrides: {},
    lambda: undefined,
    knowsTls: true,
    ownPaths: [],
    isOwn: () => false,
    ...parts,
  };
}

/** The model of views, by a modeller that remembers nothing. */
export function mergeSources(views: readonly SourceView[], rules: ModelRules): AgentModel {
  return createModeller(rules)(views);
}
