import type { Logger } from '../../core/logger.ts';

/** Something that the owner of a route should know, as the log has it. */
export interface RouteWarning {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Logs each warning once for as long as it holds.
 * @returns takes all warnings that hold now
 */
export function warningsOnce(logger: Logger): (warnings: readonly RouteWarning[]) => void {
  let said: ReadonlySet<string> = new Set();
  return (warnings) => {
    const current = new Map(warnings.map((warning) => [JSON.stringify(warning), warning]));
    for (const [key, { fields, message }] of current) if (!said.has(key)) logger.warn(fields, message);
    said = new Set(current.keys());
  };
}
