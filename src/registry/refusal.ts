import { AppError, type ErrorCode, type FieldFault } from '../core/errors.ts';

/**
 * The error that tells a caller what it did wrong.
 * @param code one of those whose status is below 500
 * @param title what is wrong, in one line without a full stop; HTTP callers get it as the problem's title
 * @param faults the fields at fault, where there are any; they are listed in the message too
 */
export function refusal(code: ErrorCode, title: string, faults: readonly FieldFault[] = []): AppError {
  const message = [`${title}.`, ...faults.map(({ field, message }) => `- ${field} ${message}`)].join('\n');
  return new AppError(code, message, { faults });
}
