import type { Deadline } from '../../core/deadline.ts';

/** A trail of CloudTrail that works in the region, also one of the organisation or of all regions. */
export interface Trail {
  readonly arn: string;
  readonly name: string;
}

/** A condition on one field of a record; of each list one must match, of the `not` lists none. */
export interface FieldSelector {
  readonly field: string;
  readonly equals: readonly string[];
  readonly startsWith: readonly string[];
  readonly endsWith: readonly string[];
  readonly notEquals: readonly string[];
  readonly notStartsWith: readonly string[];
  readonly notEndsWith: readonly string[];
}

/** Which management events a trail takes by one of its selectors. */
export interface BasicSelector {
  readonly readWrite: string;
  readonly management: boolean;
  readonly withoutSources: readonly string[];
}

/** What a trail records: a record is taken that one of them takes; an advanced one is the list of its conditions. */
export interface Selectors {
  readonly basic: readonly BasicSelector[];
  readonly advanced: readonly (readonly FieldSelector[])[];
}

/** A rule of EventBridge that picks events. */
export interface EventRule {
  readonly name: string;
  /** JSON. */
  readonly pattern: string;
  readonly enabled: boolean;
}

/**
 * What is asked about the way of events to the registrator. Every call gives all pages or fails: it is rate limited,
 * repeated on throttling and server errors, and throws AppError UPSTREAM_*, NOT_FOUND, DEADLINE_EXCEEDED.
 */
export interface EventWays {
  trails(deadline: Deadline): Promise<Trail[]>;
  isLogging(trail: Trail, deadline: Deadline): Promise<boolean>;
  selectors(trail: Trail, deadline: Deadline): Promise<Selectors>;
  /** Rules with a pattern on the account's default bus, which is where AWS services send their events. */
  rules(deadline: Deadline): Promise<EventRule[]>;
  /** Whether AWS finds `event`, in the form of EventBridge, to match the pattern of a rule. */
  matches(rule: EventRule, event: object, deadline: Deadline): Promise<boolean>;
  /** ARNs of what a rule sends its events to. */
  targets(rule: EventRule, deadline: Deadline): Promise<string[]>;
  /** Ends all connections. */
  close(): Promise<void>;
}
