import { rememberingLast } from '../core/remember.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * A time in the Common Log Format, `20/Nov/2026:09:14:03 +0000`
 * (https://httpd.apache.org/docs/current/logs.html#common, `%t`).
 * @param time milliseconds since 1970
 */
export function commonLogTime(time: number): string {
  return ofSecond(Math.floor(time / 1000));
}

/** Many requests come in one second. */
const ofSecond = rememberingLast((second: number): string => {
  const date = new Date(second * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const clock = date.toISOString().slice(11, 19);
  return `${day}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000`;
});
