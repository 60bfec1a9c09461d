import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';

/** What HAProxy says of a configuration, one message each, without process ids. */
export interface CheckResult {
  /** Whether HAProxy would start with it; warnings do not count. */
  readonly valid: boolean;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

interface Outcome {
  readonly status: number;
  readonly output: string;
}

/** HAProxy needs a quarter of a second for 5,000 backends; names that do not resolve may take it longer. */
const standardTimeoutMs = 30_000;

/**
 * Asks the HAProxy binary `bin` (a path, or a name on PATH) whether it would start with a file, or with a text that is
 * put into a private file for the time of the check (`haproxy -c`:
 * https://docs.haproxy.org/2.6/management.html#3). An invalid configuration is a result, not an error.
 * @throws AppError NOT_FOUND when there is no such binary, UPSTREAM_TIMEOUT after `timeoutMs`
 */
export async function checkConfiguration(
  bin: string,
  configuration: { readonly file: string } | { readonly text: string },
  timeoutMs = standardTimeoutMs,
): Promise<CheckResult> {
  if ('file' in configuration) return resultOf(await run(bin, configuration.file, timeoutMs));
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-check-'));
  try {
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, configuration.text, { mode: 0o600 });
    const outcome = await run(bin, file, timeoutMs);
    return resultOf({ ...outcome, output: outcome.output.replaceAll(file, 'haproxy.cfg') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(bin: string, file: string, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 } as const;
    execFile(bin, ['-c', '-f', file], options, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, output: stderr });
      else if (typeof error.code === 'number') resolve({ status: error.code, output: stderr || stdout });
      else reject(failure(bin, error, timeoutMs));
    });
  });
}

function failure(
  bin: string,
  error: Error & { code?: unknown; killed?: boolean },
  timeoutMs: number,
): AppError {
  if (error.killed === true && error.code === null) {
    return new AppError('UPSTREAM_TIMEOUT', `${bin} -c did not end within ${timeoutMs} ms.`, {
      cause: error,
    });
  }
  const hint = 'Install HAProxy 2.6 or later, or say where it is.';
  return new AppError(
    'NOT_FOUND',
    `${bin} cannot be run to check the configuration: ${error.message}. ${hint}`,
    {
      cause: error,
    },
  );
}

/** Lines look like `[ALERT]    (4711) : config : parsing [haproxy.cfg:3] : unknown keyword …`. */
function resultOf({ status, output }: Outcome): CheckResult {
  const messages = [...output.matchAll(/^\[(\w+)\]\s*(?:\(\d+\) : )?(.*)$/gm)];
  const ofLevel = (level: string): string[] =>
    messages.filter(([, found]) => found === level).map(([, , text = '']) => text.trim());
  const errors = ofLevel('ALERT');
  const silent = status !== 0 && errors.length === 0;
  return {
    valid: status === 0,
    errors: silent ? [output.trim() || `haproxy -c ended with status ${status}`] : errors,
    warnings: ofLevel('WARNING'),
  };
}
