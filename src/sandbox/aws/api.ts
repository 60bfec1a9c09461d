import type * as z from 'zod';
import type { World } from './world.ts';

/** What a service answers instead of a result, with the code by which SDKs know it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A request as its service understands it. */
export interface ApiCall {
  service: ServiceName;
  operation: string;
  input: unknown;
  userAgent: string;
}

export type ServiceName = 'tagging' | 'lambda' | 'ssm' | 'sts' | 'servicediscovery';

export interface Context {
  world: World;
  call: ApiCall;
  /** What the tagging index says of an ARN in place of the truth; undefined hides it. */
  staleIndex: ReadonlyMap<string, Readonly<Record<string, string>> | undefined>;
  /** IAM actions that are not granted. */
  denied: ReadonlySet<string>;
  /** Whether a listing answers with an empty page that is not the last. */
  emptyPage: boolean;
}

export type Operation = (context: Context) => Result;

/** Body and status of the answer, 200 unless stated. */
export interface Result {
  body?: object;
  status?: number;
}

/** An operation that refuses input that does not fit `schema` with the service's error for it. */
export function operation<Schema extends z.ZodType>(
  invalid: string,
  schema: Schema,
  run: (input: z.output<Schema>, context: Context) => Result,
): Operation {
  return (context) => {
    const parsed = schema.safeParse(context.call.input);
    if (parsed.success) return run(parsed.data, context);
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    const count = problems.length === 1 ? '1 validation error' : `${problems.length} validation errors`;
    throw new ApiError(invalid, `${count} detected: ${problems.join('; ')}`);
  };
}

interface Listing<Item> {
  items: readonly Item[];
  keyOf: (item: Item) => string;
  /** Items on a page at most. */
  size: number;
  token: string | undefined;
  /** The error that a token gets which is none of ours. */
  badToken: string;
  /** Whether one more item may join a page that is not full. */
  fits?: (page: readonly Item[], item: Item) => boolean;
}

/**
 * One page, in the order of the keys, and the token of the next unless it is the last. Tokens hold the last key served,
 * so that what is added or removed between two pages neither repeats nor hides anything else.
 */
export function pageOf<Item>(
  listing: Listing<Item>,
  { emptyPage }: Context,
): { page: Item[]; next: string | undefined } {
  const { items, keyOf, size, fits = () => true } = listing;
  const after = listing.token === undefined ? '' : decodeToken(listing.token, listing.badToken);
  if (emptyPage) return { page: [], next: encodeToken(after) };
  const rest = items
    .filter((item) => keyOf(item) > after)
    .sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  const page: Item[] = [];
  for (const item of rest) {
    if (page.length === size || (page.length > 0 && !fits(page, item))) break;
    page.push(item);
  }
  const last = page.at(-1);
  return { page, next: last && page.length < rest.length ? encodeToken(keyOf(last)) : undefined };
}

function encodeToken(key: string): string {
  return Buffer.from(`after ${key}`).toString('base64');
}

function decodeToken(token: string, badToken: string): string {
  const [, key] = /^after (.*)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (key === undefined) throw new ApiError(badToken, 'The token is none that an earlier page gave');
  return key;
}
