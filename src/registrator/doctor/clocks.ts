import type { Deadline } from '../../core/deadline.ts';
import { type Examination, type Finding, ok, skip, warn } from './check.ts';
import type { Subject } from './subject.ts';

/** Signatures of AWS end after five minutes, and certificates are valid from one moment to another. */
const mostSkewMs = 60_000;

export const awsClock: Examination = {
  name: 'AWS clock',
  needs: ['environment'],
  look: (subject, deadline) => skew(subject, 'AWS', () => subject.serverDate(deadline)),
};

export const consulClock: Examination = {
  name: 'Consul clock',
  needs: ['Consul'],
  look: (subject, deadline) => skew(subject, 'Consul', () => consulDate(subject, deadline)),
};

async function consulDate({ consul }: Subject, deadline: Deadline): Promise<number | undefined> {
  return (await consul.greet(deadline)).date;
}

/** Compares with the middle of the time that the answer took. */
async function skew(
  { now }: Subject,
  whose: string,
  read: () => Promise<number | undefined>,
): Promise<Finding> {
  const asked = now();
  const date = await read();
  if (date === undefined) {
    return skip(`No answer of ${whose} told the time.`, `See the lines of ${whose}, or compare the clocks.`);
  }
  // Answers tell the second that has begun.
  const seconds = Math.round((date + 500 - (asked + now()) / 2) / 1000);
  const found = `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`;
  if (Math.abs(seconds) * 1000 <= mostSkewMs) return ok(Math.abs(seconds) <= 1 ? 'as this machine' : found);
  return warn(found, 'Set both clocks by NTP: signatures and certificates depend on them.');
}
