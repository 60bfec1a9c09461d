import type { Random } from '../../core/random.ts';
import { type ApiCall, ApiError, type ServiceName } from './api.ts';

export type Fault =
  /** The service's own throttling error. */
  | 'throttle'
  /** The service's own 500. */
  | 'server-error'
  /** No answer until the caller gives up. */
  | 'hang'
  /** The connection breaks before anything is done. */
  | 'drop'
  /** The connection breaks once it is done. */
  | 'lose-answer'
  /** The answer is done and ends in the middle. */
  | 'truncate'
  /** The answer is done, and its last byte differs. */
  | 'garble'
  /** The answer is done and comes as an empty object. */
  | 'hollow'
  /** A listing answers with an empty page and a token. */
  | 'empty-page'
  /** A tagging token is refused as expired. */
  | 'expire-token';

/** What goes wrong; may be changed at any time. */
export interface Faults {
  /** Before every answer. */
  latencyMs: number;
  /** Access keys that are refused as expired. */
  expiredKeys: Set<string>;
  /** IAM actions that are denied, as `tag:GetResources` or `kms:Decrypt`. */
  denied: Set<string>;
  /** What the tagging index says of an ARN in place of the truth: other tags, tags of what is gone, or nothing at all. */
  staleIndex: Map<string, Readonly<Record<string, string>> | undefined>;
  /** The fault that strikes a call, asked once for each. */
  strike: (call: ApiCall) => Fault | undefined;
}

export function noFaults(): Faults {
  return {
    latencyMs: 0,
    expiredKeys: new Set(),
    denied: new Set(),
    staleIndex: new Map(),
    strike: () => undefined,
  };
}

/** Strikes with each fault its own share of all calls, between 0 and 1; together at most 1. */
export function faultsByShare(random: Random, shares: ReadonlyMap<Fault, number>): Faults['strike'] {
  return () => {
    let left = random();
    for (const [fault, share] of shares) {
      if (left < share) return fault;
      left -= share;
    }
    return undefined;
  };
}

const throttling: Record<ServiceName, [code: string, status: number]> = {
  tagging: ['ThrottledException', 400],
  lambda: ['TooManyRequestsException', 429],
  ssm: ['ThrottlingException', 400],
  sts: ['Throttling', 400],
  servicediscovery: ['ThrottlingException', 400],
};

const broken: Record<ServiceName, string> = {
  tagging: 'InternalServiceException',
  lambda: 'ServiceException',
  ssm: 'InternalServerError',
  sts: 'InternalFailure',
  servicediscovery: 'InternalFailure',
};

/** Answers a call with the error that its fault, or a denied action, asks for. */
export function refuse(call: ApiCall, fault: Fault | undefined, denied: ReadonlySet<string>): void {
  const action = `${call.service === 'tagging' ? 'tag' : call.service}:${call.operation}`;
  if (denied.has(action)) {
    const status = call.service === 'lambda' || call.service === 'sts' ? 403 : 400;
    const code = call.service === 'sts' ? 'AccessDenied' : 'AccessDeniedException';
    throw new ApiError(code, `User: sandbox is not authorized to perform: ${action}`, status);
  }
  if (fault === 'throttle') {
    const [code, status] = throttling[call.service];
    // The one error of this kind that the service documents, and only of these.
    const isDiscovery = call.operation.startsWith('Discover');
    throw new ApiError(isDiscovery ? 'RequestLimitExceeded' : code, 'Rate exceeded', status);
  }
  if (fault === 'server-error') throw new ApiError(broken[call.service], 'An internal error occurred', 500);
  if (fault === 'expire-token' && call.operation === 'GetResources' && hasToken(call.input)) {
    throw new ApiError('PaginationTokenExpiredException', 'The pagination token has expired');
  }
}

function hasToken(input: unknown): boolean {
  return (
    typeof input === 'object' && input !== null && 'PaginationToken' in input && input.PaginationToken !== ''
  );
}
