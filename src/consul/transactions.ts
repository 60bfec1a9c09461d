import * as z from 'zod';
import type { Deadline } from '../core/deadline.ts';
import type { Place } from '../lambda-service/place.ts';
import type { Operation, OperationFailure } from './api.ts';
import { contentError } from './transport/errors.ts';
import { type Answer, parse, type Requests } from './transport/requests.ts';

/** Operations and bytes of one transaction (`txn_max_ops` and `limits.txn_max_req_len` of Consul 1.14 and later). */
const maxOperations = 128;
const maxBytes = 512 * 1024 - 1;

const failed = z.object({ Errors: z.array(z.object({ OpIndex: z.number(), What: z.string() })) });

interface Waiting {
  /** Place in the operations that were given. */
  position: number;
  json: string;
}

/** Writes of the catalog. The calls throw as {@link Consul} says. */
export interface Transactions {
  /**
   * Applies each operation in a place or says why not, in the order given. Sent in transactions of up to 128 (64 on
   * servers that refuse more); operations that Consul names as failing are left out and the rest is sent again.
   */
  transact(
    place: Place,
    operations: readonly Operation[],
    deadline: Deadline,
  ): Promise<(OperationFailure | undefined)[]>;
}

/**
 * Writes the catalog over `requests` (https://developer.hashicorp.com/consul/api-docs/txn). How many operations a server
 * takes is learnt from its refusals, and kept.
 */
export function createTransactions(requests: Requests): Transactions {
  let limit = maxOperations;
  return {
    async transact(place, operations, deadline) {
      const failures: (OperationFailure | undefined)[] = operations.map(() => undefined);
      let waiting = operations.map((operation, position): Waiting => {
        return { position, json: JSON.stringify(wireOperation(operation, place)) };
      });
      while (waiting.length > 0) {
        const batch = nextBatch(waiting, limit);
        const body = `[${batch.map(({ json }) => json).join(',')}]`;
        const answer = await requests.send(
          { place, method: 'PUT', path: '/txn', body, expect: [200, 409, 413] },
          deadline,
        );
        if (answer.status === 413 && batch.length > 1) {
          limit = Math.floor(batch.length / 2);
        } else {
          const named = failuresOf(answer, batch);
          for (const [{ position }, failure] of named) failures[position] = failure;
          const ended = answer.status === 200 ? new Set(batch) : new Set(named.keys());
          waiting = waiting.filter((operation) => !ended.has(operation));
        }
      }
      return failures;
    },
  };
}

function nextBatch(waiting: readonly Waiting[], limit: number): Waiting[] {
  let bytes = '[]'.length;
  const tooMuch = waiting.findIndex(({ json }, index) => {
    bytes += Buffer.byteLength(json) + 1;
    return index > 0 && (index >= limit || bytes > maxBytes);
  });
  return waiting.slice(0, tooMuch === -1 ? waiting.length : tooMuch);
}

/** What a transaction that was rolled back says of its operations; at least one is named. */
function failuresOf(answer: Answer, batch: readonly Waiting[]): Map<Waiting, OperationFailure> {
  const [first] = batch;
  if (answer.status === 200 || !first) return new Map();
  if (answer.status === 413)
    return new Map([[first, { reason: 'rejected', message: String(answer.body).trim() }]]);
  const named = new Map<Waiting, OperationFailure>();
  for (const { OpIndex, What } of parse(failed, answer).Errors) {
    const operation = batch[OpIndex];
    if (operation) named.set(operation, { reason: reasonOf(What), message: What });
  }
  if (named.size === 0) throw contentError(answer.site, 'a conflict that names no operation');
  return named;
}

function reasonOf(what: string): OperationFailure['reason'] {
  // The node of a service was there when it was read.
  if (/index is stale|Missing node registration/.test(what)) return 'stale';
  return /permission denied|ACL not found/i.test(what) ? 'denied' : 'rejected';
}

/**
 * The place is in the body too: Consul stores the answering agent's datacenter for a node that names none, and
 * Enterprise takes the partition and namespace of each operation from it.
 */
function wireOperation(operation: Operation, { datacenter, partition, namespace }: Place): object {
  const inPartition = partition === undefined ? {} : { Partition: partition };
  if ('node' in operation) {
    const { verb, node, index } = operation;
    const home = datacenter === undefined ? {} : { Datacenter: datacenter };
    return { Node: { Verb: verb, Node: { ...node, ...home, ...inPartition, ModifyIndex: index } } };
  }
  const { verb, on, service, index } = operation;
  const inNamespace = namespace === undefined ? {} : { Namespace: namespace };
  const body = { ...service, ...inPartition, ...inNamespace, ModifyIndex: index };
  return { Service: { Verb: verb, Node: on, Service: body } };
}
