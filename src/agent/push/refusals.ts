import type { Deadline } from '../../core/deadline.ts';
import { type FieldFault, isAppError } from '../../core/errors.ts';
import { type Candidate, optionalFields, type Omission, type ReportPayload } from './payload.ts';

/** Posts a payload and gives the configuration, as `postPayload` of the registry's client does. */
export type Post = (payload: string, known: string | undefined, deadline: Deadline) => Promise<string>;

/** How a registry answered, and what it was not told for that. */
interface Admitted {
  readonly configuration: string;
  readonly omissions: readonly Omission[];
}

/** A registry names many faults at once, so that few rounds are enough for one that means it. */
const mostRounds = 10;

/**
 * Posts a payload, and as long as it is refused for some of its parts, what is left without them.
 * @param known the configuration that need not be sent again
 * @throws AppError what the post throws, when nothing can be taken out
 */
export async function postAdmissible(
  post: Post,
  whole: ReportPayload,
  known: string | undefined,
  deadline: Deadline,
): Promise<Admitted> {
  let payload = whole;
  const omissions: Omission[] = [];
  for (let round = 1; ; round += 1) {
    try {
      return { configuration: await post(JSON.stringify(payload), known, deadline), omissions };
    } catch (error) {
      const rest = isAppError(error, 'PAYLOAD_INVALID') ? without(payload, error.faults) : undefined;
      if (rest === undefined || round === mostRounds) throw error;
      payload = rest.payload;
      omissions.push(...rest.omissions);
    }
  }
}

/** A part of a payload that can be taken out. */
interface Part {
  readonly list: 'running' | 'candidates';
  readonly at: number;
  /** What of a candidate is taken out: an option, or a container by its place; undefined: all of it. */
  readonly inner: string | undefined;
}

/**
 * The payload without the parts that a registry finds at fault: a row, a container or an option of a candidate, or else the
 * candidate, so that one container that is labelled badly keeps nothing else from being known.
 * @returns undefined where the fault is not of such a part
 */
function without(
  payload: ReportPayload,
  faults: readonly FieldFault[],
): { payload: ReportPayload; omissions: readonly Omission[] } | undefined {
  const parts = faults.flatMap(({ field }) => partOf(field) ?? []);
  if (parts.length === 0 || parts.length < faults.length) return undefined;
  const rows = payload.running.filter((_row, at) => !parts.some((part) => isWhole(part, 'running', at)));
  const candidates = payload.candidates.flatMap((candidate, at) =>
    parts.some((part) => isWhole(part, 'candidates', at)) ? [] : [stripped(candidate, innersAt(parts, at))],
  );
  const omissions = faults.map(({ field, message }, at) => ({
    service: serviceOf(payload, parts[at]),
    instance: undefined,
    message: `the registry refuses ${field}: ${message}`,
  }));
  return { payload: { ...payload, running: rows, candidates }, omissions };
}

/** `running[0].ip`, `candidates[0].containers[1].ip`, `candidates[0].weight`, `candidates[0].predicate` … */
function partOf(field: string): Part | undefined {
  const [, list, at, rest = ''] = /^(running|candidates)\[(\d+)\](?:\.(.+))?$/.exec(field) ?? [];
  if (list !== 'running' && list !== 'candidates') return undefined;
  const [container] = /^containers\[\d+\]/.exec(rest) ?? [];
  const inner = optionalFields.has(rest) ? rest : container;
  return { list, at: Number(at), inner: list === 'candidates' ? inner : undefined };
}

function isWhole(part: Part, list: Part['list'], at: number): boolean {
  return part.list === list && part.at === at && part.inner === undefined;
}

function innersAt(parts: readonly Part[], at: number): ReadonlySet<string | undefined> {
  return new Set(
    parts.filter((part) => part.list === 'candidates' && part.at === at).map(({ inner }) => inner),
  );
}

function stripped(candidate: Candidate, inners: ReadonlySet<string | undefined>): Candidate {
  const { serviceName, containers, ...rest } = candidate;
  return {
    serviceName,
    ...Object.fromEntries(Object.entries(rest).filter(([field]) => !inners.has(field))),
    containers: containers.filter((_container, at) => !inners.has(`containers[${at}]`)),
  };
}

function serviceOf({ running, candidates }: ReportPayload, part: Part | undefined): string {
  const list = part?.list === 'running' ? running : candidates;
  return list[part?.at ?? -1]?.serviceName ?? '';
}
