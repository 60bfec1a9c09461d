/** Linux's signals by number, which are those of containers wherever this runs (signal(7), x86 and ARM). */
const names = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG ' +
  'XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
).split(' ');

const numbers = new Map(names.map((name, at) => [name, at + 1]));
const firstRealTime = 34;
const lastRealTime = 64;

/** What ends a process that does not listen to it. */
export const sigkill = 9;
/** What stops a container whose image names no signal. */
export const sigterm = 15;

/** The number of `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3` or `RTMAX-1`, in any case; undefined for what is no signal. */
export function signalNumber(text: string): number | undefined {
  if (/^[0-9]{1,2}$/.test(text)) return Number(text);
  const name = text.toUpperCase().replace(/^SIG/, '');
  const [, end, offset = '0'] = /^RT(MIN|MAX)([+-][0-9]{1,2})?$/.exec(name) ?? [];
  if (end !== undefined) return (end === 'MIN' ? firstRealTime : lastRealTime) + Number(offset);
  return numbers.get(name);
}
