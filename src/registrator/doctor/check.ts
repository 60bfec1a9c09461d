import { isDenied } from '../../aws/errors.ts';
import { type AppError, isAppError } from '../../core/errors.ts';
import { type Deadline, deadlineIn } from '../../core/deadline.ts';
import { sentence } from '../../core/wording.ts';
import type { Subject } from './subject.ts';

/**
 * `FAIL` keeps a sync from being complete or right, `warn` costs later, `skip` could not be looked at: it is not permitted, or
 * not there.
 */
type Status = 'ok' | 'warn' | 'FAIL' | 'skip';

/** What a look came to. */
export interface Finding {
  status: Status;
  found: string;
  /** What to do; empty where all is well. */
  remedy: string;
  /** All of which `found` names the first few, each in its own words. */
  all?: readonly string[];
}

/** One line of what `doctor` says. */
export interface Check extends Finding {
  name: string;
}

/** A look at one thing, which changes nothing. */
export interface Examination {
  name: string;
  /** Names of those that come before, and without which there is nothing to look at. */
  needs: readonly string[];
  /** Milliseconds that it may take. */
  patienceMs?: number;
  /** @throws AppError what keeps it from being well */
  look: (subject: Subject, deadline: Deadline) => Promise<Finding>;
}

const usualPatienceMs = 20_000;

export function ok(found: string): Finding {
  return { status: 'ok', found, remedy: '' };
}

export function warn(found: string, remedy: string): Finding {
  return { status: 'warn', found, remedy };
}

export function fail(found: string, remedy: string): Finding {
  return { status: 'FAIL', found, remedy };
}

export function skip(found: string, remedy: string): Finding {
  return { status: 'skip', found, remedy };
}

/** What an error comes to where it keeps a sync from being complete or right. */
export function failure(error: AppError): Finding {
  return fail(error.message, remedyOf(error));
}

/** What to do about an error, whose message names the thing. */
export function remedyOf(error: AppError): string {
  if (isDenied(error)) return `Grant ${String(error.details['action'])} to the role or user in use.`;
  if (error.retryable) return 'Restore the connection, or try again once it answers.';
  return 'Change what the message names.';
}

/** As many of `items` as a line can hold, and how many more there are. */
export function some(items: readonly string[], most = 3): string {
  const more = items.length - most;
  const shown = items.slice(0, most).join('; ');
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

/**
 * Looks at one thing after the other; what rests on something that is not well is not looked at.
 * @param onLook hears of each before it is looked at
 */
export async function examine(
  subject: Subject,
  examinations: readonly Examination[],
  onLook: (name: string) => void,
): Promise<Check[]> {
  const checks: Check[] = [];
  const isMissing = (need: string): boolean =>
    checks.some(({ name, status }) => name === need && (status === 'FAIL' || status === 'skip'));
  for (const examination of examinations) {
    const missing = examination.needs.find(isMissing);
    if (missing === undefined) onLook(examination.name);
    const finding = missing === undefined ? await look(subject, examination) : notLooked(missing);
    checks.push({ name: examination.name, ...finding });
  }
  return checks;
}

async function look(subject: Subject, { look: find, patienceMs = usualPatienceMs }: Examination) {
  try {
    return await find(subject, deadlineIn(subject.clock, patienceMs));
  } catch (error) {
    if (!isAppError(error)) throw error;
    return failure(error);
  }
}

/** What is said of all that cannot be looked at without something. */
const without: Readonly<Record<string, string>> = {
  environment: 'The environment is not valid',
  'AWS identity': 'AWS cannot be asked',
  parameters: 'The token or CA cannot be read',
  Consul: 'Consul cannot be reached',
};

export function notLooked(need: string): Finding {
  return skip(sentence(without[need] ?? `${need} is not ok`), `See the line of ${need} first.`);
}
