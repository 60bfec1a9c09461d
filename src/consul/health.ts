import * as z from 'zod';
import type { Deadline } from '../core/deadline.ts';
import type { Place } from '../lambda-service/place.ts';
import type { Checks, Reading, ServiceHealth } from './api.ts';
import { aclHints, consistencyQuery, lagOf } from './transport/hints.ts';
import type { Requests } from './transport/requests.ts';
import { texts } from './texts.ts';

const weights = z.object({ Passing: z.number(), Warning: z.number() });
const service = z.object({
  ID: z.string(),
  Service: z.string(),
  Kind: z.string().default(''),
  Tags: z
    .array(z.string())
    .nullish()
    .transform((tags) => tags ?? []),
  Meta: texts.optional().transform((meta) => meta ?? {}),
  Address: z.string().default(''),
  Port: z.number().default(0),
  Weights: weights.nullish().transform((given) => given ?? { Passing: 1, Warning: 1 }),
});
const instance = z.object({
  Node: z.object({ Node: z.string(), Address: z.string() }),
  Service: service,
  Checks: z
    .array(z.object({ Status: z.string() }))
    .nullish()
    .transform((checks) => checks ?? []),
});
const check = z.object({
  Node: z.string(),
  CheckID: z.string(),
  Status: z.string(),
  ServiceName: z.string().default(''),
});

/** What is healthy in a place. The calls throw as {@link Consul} says. */
export interface Health {
  /**
   * Every instance of the service `name`, whatever its health. Services whose names differ in case alone are one, here and
   * in the index, which moves with its instances, their checks and their nodes.
   */
  serviceHealth(place: Place, name: string, deadline: Deadline, reading?: Reading): Promise<ServiceHealth>;
  /** Every check; the index moves with checks alone. */
  checks(place: Place, deadline: Deadline, reading?: Reading): Promise<Checks>;
}

/** Reads health over `requests` (https://developer.hashicorp.com/consul/api-docs/health). */
export function createHealth(requests: Requests): Health {
  return {
    async serviceHealth(place, name, deadline, reading = {}) {
      const [query, { blocking }] = [consistencyQuery(reading), reading];
      const request = { place, path: '/health/service/{name}', params: { name }, query, blocking };
      const answer = await requests.read(z.array(instance), request, deadline);
      return { instances: answer.body, index: answer.index, lagMs: lagOf(answer), ...aclHints(answer) };
    },
    async checks(place, deadline, reading = {}) {
      const { blocking } = reading;
      const request = { place, path: '/health/state/any', query: consistencyQuery(reading), blocking };
      const answer = await requests.read(z.array(check), request, deadline);
      return { checks: answer.body, index: answer.index, lagMs: lagOf(answer), ...aclHints(answer) };
    },
  };
}
