import { Failure } from '../failures.ts';

/** What AWS's emulator puts around an error, and what runtimes add to it. */
const membersOfErrors = new Set([
  'errorType',
  'errorMessage',
  'errorCode',
  'stackTrace',
  'trace',
  'stack',
  'cause',
  'requestId',
]);

/** Longer payloads are no errors. */
const longestError = 512 * 1024;

/**
 * Whether a payload is the error of a function, where no header says so: an object with the type and the message of an
 * error, or one of them and nothing else that an answer would have
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html and its siblings).
 */
export function isFunctionError(payload: Buffer): boolean {
  if (payload[0] !== braceOpen || payload.length > longestError || !payload.includes('"error')) return false;
  let value: unknown;
  try {
    value = JSON.parse(payload.toString());
  } catch {
    return false;
  }
  const members = Object.entries(value as object);
  const has = (name: string): boolean =>
    members.some(([key, text]) => key === name && typeof text === 'string');
  if (has('errorType') && has('errorMessage')) return !members.some(([key]) => isStatus(key));
  return (has('errorType') || has('errorMessage')) && members.every(([key]) => membersOfErrors.has(key));
}

const braceOpen = 0x7b;

function isStatus(key: string): boolean {
  return key === 'statusCode' || key === 'status_code';
}

/**
 * What AWS's emulator says with a status of 200 instead of an answer: its sentence after the function's time, nothing at
 * all when the runtime ended; newer ones say 502 then.
 */
export function endOfFunction(status: number, payload: Buffer): Failure | undefined {
  if (status === 200 && payload.length === 0)
    return new Failure('function_exit', 'the runtime ended without an answer');
  if (status === 200 && payload.length < 200 && timedOut.test(payload.toString('latin1'))) {
    return new Failure('function_timeout', payload.toString('latin1').trim());
  }
  if (status === 502 && payload.includes('Runtime.ExitError')) {
    return new Failure('function_exit', payload.toString('latin1', 0, 200));
  }
  return undefined;
}

const timedOut = /^\s*(\S+ )*Task timed out after \d+(\.\d+)? seconds\s*$/;
