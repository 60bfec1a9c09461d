import type { Deadline } from '../core/deadline.ts';
import type { AppError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';

/** Tags of one resource, by key. */
export type Tags = Readonly<Record<string, string>>;

/** What a listing brought; `failure` says why it ended early, so that absence from it proves nothing. */
export interface Listing<Item> {
  items: Item[];
  failure: AppError | undefined;
}

/** A resource in the tagging index. */
export interface TaggedArn {
  arn: string;
  tags: Tags;
}

/** Every call ends at the deadline, is rate limited, and repeated on throttling and server errors. */
export interface Functions {
  /**
   * Functions that carry the tag key, from the Resource Groups Tagging index, which lags by minutes.
   * @param pageSize 1 to 100
   * @throws AppError UPSTREAM_AUTH when `tag:GetResources` is not granted or the credentials are refused
   */
  listTagged(tagKey: string, pageSize: number, deadline: Deadline): Promise<Listing<TaggedArn>>;
  /** Unqualified ARNs of every function of the account and region. */
  listAll(deadline: Deadline): Promise<Listing<string>>;
  /**
   * Fresh tags of one function by unqualified ARN; undefined when the function does not exist.
   * @throws AppError UPSTREAM_*, DEADLINE_EXCEEDED or, without a region, CONFIG_INVALID
   */
  tagsOf(functionArn: string, deadline: Deadline): Promise<Tags | undefined>;
  /** HTTP requests sent so far, repeated ones included. */
  calls(): number;
}

/** Parameter Store. Calls are repeated on throttling and server errors until the deadline. */
export interface Parameters {
  /**
   * The decrypted value of a parameter by name or ARN.
   * @throws AppError NOT_FOUND, UPSTREAM_AUTH naming what to grant, UPSTREAM_REJECTED for ciphertext, or as `tagsOf`
   */
  value(name: string, deadline: Deadline): Promise<Secret>;
}

/** How a parameter is stored where the account's defaults do not do. */
export interface Storage {
  tier: 'Standard' | 'Advanced' | 'Intelligent-Tiering' | undefined;
  /** Id, alias or ARN of the KMS key to encrypt with. */
  kmsKey: string | undefined;
}

/** Encrypted values in Parameter Store that functions read. Calls are repeated on throttling and server errors. */
export interface ExtensionParameters {
  /**
   * Creates or replaces an encrypted parameter; at most 3 a second, which is what Parameter Store takes by default.
   * @throws AppError UPSTREAM_AUTH naming the permission, and the key where KMS refuses, or as `Functions.tagsOf`; none
   *   of them quotes the value
   */
  put(name: string, value: Secret, storage: Storage, deadline: Deadline): Promise<void>;
  /** Removes a parameter; one that is gone already is as good. @throws AppError as `put` */
  remove(name: string, deadline: Deadline): Promise<void>;
  /**
   * The decrypted values of 1 to 10 parameters by name; those that are missing are left out.
   * @throws AppError as `put`
   */
  values(names: readonly string[], deadline: Deadline): Promise<ReadonlyMap<string, Secret>>;
  /** HTTP requests sent so far, repeated ones included. */
  calls(): number;
}

interface Identity {
  account: string;
  partition: string;
  /** The region that calls go to. */
  region: string;
}

/** Who the credentials in use belong to. */
export interface CallerIdentity {
  /** @throws AppError as `Functions.tagsOf` */
  identity(deadline: Deadline): Promise<Identity>;
}
