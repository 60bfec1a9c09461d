import type { FieldFault } from '../core/errors.ts';
import { sameJson } from '../core/objects.ts';
import type { Balance } from '../haproxy/model.ts';
import type { BadCandidates } from './config.ts';
import {
  mostEntries,
  parseCandidate,
  parseContainer,
  parseForm,
  parseInstance,
  serviceNameIn,
} from './payload-schema.ts';
import { refusal } from './refusal.ts';

/** A container of a service that runs somewhere; the address in its normal form. */
export interface Instance {
  serviceName: string;
  id: string;
  ip: string;
}

/** A container among those of one service. */
export type Container = Omit<Instance, 'serviceName'>;

/** How a service is reached and served; every value in its normal form. */
export interface Definition {
  configMode: 'host' | 'path';
  predicate: string;
  port: number;
  cookie?: string | undefined;
  hosts?: string[] | undefined;
  paths?: string[] | undefined;
  strip?: boolean | undefined;
  balance?: Balance | undefined;
  check?: string | undefined;
  weight?: number | undefined;
  maxconn?: number | undefined;
  tls?: boolean | undefined;
}

/** What a candidate makes of its service. */
export interface Candidate {
  serviceName: string;
  definition: Definition;
  /** Where in the payload, such as `candidates[0]`. */
  field: string;
}

/** An entry of `running`, or a container of a candidate. */
export interface Reported extends Instance {
  /** Where in the payload, such as `running[0]`. */
  field: string;
  /** The `field` of the candidate that counts and brings it; absent: it just runs. */
  candidate?: string | undefined;
}

/** One thing wrong with a part of a payload that is left out for it. */
export interface PartFault extends FieldFault {
  /** What is left out: a candidate, an entry of `running` or a container of a candidate. */
  part: string;
}

/** A payload, without what is left out of it. */
export interface Payload {
  table: string;
  host?: string | undefined;
  reported: Reported[];
  candidates: Candidate[];
  rejected: PartFault[];
}

/** How many faults one answer lists. */
const mostFaults = 1_000;

/** The id of Weave's own row among the containers that `weave status dns` lists. */
const weaveExpose = 'weave:expose';

/**
 * Reads the payload of `POST /generate`. Values come out in their normal form and unknown fields are refused.
 * @param knowsTls whether HAProxy can tell TLS from the clear, which `tls: true` needs
 * @param badCandidates whether faults of candidates and containers refuse the payload, or leave those out of it
 * @throws AppError PAYLOAD_INVALID with every invalid field
 */
export function readPayload(
  value: unknown,
  knowsTls: boolean,
  badCandidates: BadCandidates = 'refuse',
): Payload {
  const form = parseForm(value);
  const entries = [
    ...entriesIn(value, 'running').map(([row, at]) => readRunning(row, `running[${at}]`)),
    ...entriesIn(value, 'candidates').map(([candidate, at]) =>
      readCandidate(candidate, `candidates[${at}]`, knowsTls),
    ),
  ];
  const reported = entries.flatMap((entry) => entry.reported);
  const candidates = entries.flatMap((entry) => entry.candidates);
  const rejected = entries.flatMap((entry) => entry.rejected);
  const faults =
    badCandidates === 'skip' ? form.faults : [...form.faults, ...rejected, ...contradictions(candidates)];
  if (form.value === undefined || faults.length > 0) {
    throw refusal('PAYLOAD_INVALID', 'The payload is invalid', faults.slice(0, mostFaults).map(fieldFault));
  }
  return { table: form.value.table, host: form.value.host, reported, candidates, rejected };
}

/** What each service is to be; of several candidates the first counts. */
export function definitionsOf(candidates: readonly Candidate[]): Map<string, Definition> {
  return new Map(candidates.toReversed().map(({ serviceName, definition }) => [serviceName, definition]));
}

/** Candidates that define a service otherwise than an earlier one; several may bring its containers. */
export function contradictions(candidates: readonly Candidate[]): PartFault[] {
  const definitions = definitionsOf(candidates);
  return candidates
    .filter(({ serviceName, definition }) => !sameJson(definitions.get(serviceName), definition))
    .map(({ serviceName, field }) => ({
      part: field,
      field: `${field}.serviceName`,
      message: `is the service ${serviceName}, which an earlier candidate defines differently`,
    }));
}

/** The payload without the parts at fault. Containers of a candidate that is left out run all the same. */
export function without(payload: Payload, faults: readonly PartFault[]): Payload {
  const parts = new Set(faults.map(({ part }) => part));
  return {
    ...payload,
    reported: payload.reported
      .filter(({ field }) => !parts.has(field))
      .map((row) => (row.candidate !== undefined && parts.has(row.candidate) ? justRunning(row) : row)),
    candidates: payload.candidates.filter(({ field }) => !parts.has(field)),
    rejected: [...payload.rejected, ...faults],
  };
}

/** What was left out of a payload, as far as one answer lists it, in the order of candidates and then of `running`. */
export function rejectedIn({ rejected }: Payload): PartFault[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return rejected.toSorted((left, right) => compare(left.part, right.part)).slice(0, mostFaults);
}

/** A fault as callers are told of it. */
export function fieldFault({ field, message }: FieldFault): FieldFault {
  return { field, message };
}

function justRunning({ serviceName, id, ip, field }: Reported): Reported {
  return { serviceName, id, ip, field };
}

/** What one entry of a list adds to a payload. */
type Contribution = Pick<Payload, 'reported' | 'candidates' | 'rejected'>;

function readRunning(value: unknown, field: string): Contribution {
  const { value: row, faults } = parseInstance(value, field);
  return {
    reported: row === undefined ? [] : [{ ...row, field }],
    candidates: [],
    rejected: rejections(field, faults),
  };
}

/** Containers of a candidate that is left out run all the same, provided that the service has a name. */
function readCandidate(value: unknown, field: string, knowsTls: boolean): Contribution {
  const { value: candidate, faults } = parseCandidate(value, field, knowsTls);
  const serviceName = serviceNameIn(value);
  const reported: Reported[] = [];
  const rejected = rejections(field, faults);
  for (const [entry, at] of entriesIn(value, 'containers')) {
    const part = `${field}.containers[${at}]`;
    const { value: row, faults } = parseContainer(entry, part);
    rejected.push(...rejections(part, faults));
    if (row === undefined || serviceName === undefined) continue;
    reported.push({ serviceName, ...row, field: part, candidate: candidate && field });
  }
  return { candidates: candidate === undefined ? [] : [{ ...candidate, field }], reported, rejected };
}

function rejections(part: string, faults: readonly FieldFault[]): PartFault[] {
  return faults.map(({ field, message }) => ({ part, field, message }));
}

/** The entries of a list with their places, without Weave's own; none where there is no list. */
function entriesIn(value: unknown, field: string): [entry: unknown, at: number][] {
  const list = (Object(value) as Record<string, unknown>)[field];
  if (!Array.isArray(list)) return [];
  return list
    .slice(0, mostEntries)
    .map((entry: unknown, at): [unknown, number] => [entry, at])
    .filter(([entry]) => (Object(entry) as Record<string, unknown>)['id'] !== weaveExpose);
}
