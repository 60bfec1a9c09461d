import { type AppError, isAppError } from '../../core/errors.ts';
import type { ChangeEntry, FailureEntry, WarningEntry } from '../model/report.ts';
import { failureOf } from '../report/findings.ts';

/** What is to be said of the extension data of a run. */
export interface ExtensionReport {
  changes: ChangeEntry[];
  failures: FailureEntry[];
  warnings: WarningEntry[];
}

/** Whom a finding is about. */
export interface Subject {
  service: string;
  arn: string;
}

/** Of findings that are about no function in particular. */
export const nobody: Subject = { service: '', arn: '' };

/** What was refused for want of one permission, and to whom. */
interface Denial {
  error: AppError;
  subjects: Subject[];
}

/** Where this many were refused and none was written, the permission is missing for all; more than run at once. */
const denialsInVain = 5;
const namedAtMost = 5;

/** What became of the work so far, and whether more of it makes sense. */
export class Findings {
  readonly changes: ChangeEntry[] = [];
  readonly warnings: WarningEntry[] = [];
  readonly #failures: FailureEntry[] = [];
  readonly #denials = new Map<string, Denial>();
  readonly #left: Subject[] = [];
  /** Why nothing further is attempted. */
  #outage: AppError | undefined;

  /** Runs the work of one subject; what it throws is a finding. Once AWS or Consul is away nothing is attempted. */
  async attempt(subject: Subject, work: () => Promise<void>): Promise<void> {
    const denied = this.#inVain();
    if (denied) return void denied.subjects.push(subject);
    if (this.#outage) return void this.#left.push(subject);
    try {
      await work();
    } catch (error) {
      this.failed(subject, error);
    }
  }

  /** @throws what is no AppError */
  failed(subject: Subject, error: unknown): void {
    if (!isAppError(error)) throw error;
    if (error.code === 'UPSTREAM_AUTH') return this.#deny(subject, error);
    if (isOutage(error)) {
      // Several writes were under way: all of them are one failure.
      this.#outage ??= error;
      return void this.#left.push(subject);
    }
    this.#failures.push(failureOf(subject.service, subject.arn, error));
  }

  report(): ExtensionReport {
    const denials = [...this.#denials.values()].map(denialEntry);
    const left = this.#outage && this.#left.length > 0 ? [leftEntry(this.#left, this.#outage)] : [];
    return {
      changes: this.changes,
      warnings: this.warnings,
      failures: [...this.#failures, ...denials, ...left],
    };
  }

  #deny(subject: Subject, error: AppError): void {
    const { action } = error.details;
    const permission = typeof action === 'string' ? action : 'consul';
    const denial = this.#denials.get(permission) ?? { error, subjects: [] };
    denial.subjects.push(subject);
    this.#denials.set(permission, denial);
  }

  #inVain(): Denial | undefined {
    if (this.changes.length > 0) return undefined;
    return [...this.#denials.values()].find(({ subjects }) => subjects.length >= denialsInVain);
  }
}

/** A lost race, or a service that has to stay, is about one service; what else may pass by itself is about AWS or Consul. */
function isOutage({ retryable, code }: AppError): boolean {
  return (retryable && code !== 'REVISION_CONFLICT' && code !== 'WORK_LEFT') || code === 'UPSTREAM_TLS';
}

function denialEntry({ error, subjects }: Denial): FailureEntry {
  const [first = nobody, ...others] = subjects;
  if (others.length === 0 || first === nobody) return failureOf(first.service, first.arn, error);
  const entry = failureOf('', '', error);
  return { ...entry, message: `${error.message} This is about ${namesOf(subjects)}.` };
}

function leftEntry(subjects: readonly Subject[], outage: AppError): FailureEntry {
  const named = subjects.filter((subject) => subject !== nobody);
  const what = named.length === 0 ? 'Extension data' : `The extension data of ${namesOf(named)}`;
  const message = `${what} is still to be looked at or written; the next run goes on. ${outage.message}`;
  return { ...nobody, code: 'WORK_LEFT', message, retryable: outage.retryable };
}

/** A few of the services by name, and how many more there are. */
function namesOf(subjects: readonly Subject[]): string {
  const names = subjects.slice(0, namedAtMost).map(({ service }) => service);
  const more = subjects.length - names.length;
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`;
}
