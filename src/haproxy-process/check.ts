import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Version } from '../haproxy/running/changes.ts';
import { versionIn } from './answers.ts';
import { withoutSecrets } from './without-secrets.ts';
import { withServices } from './services-behind.ts';

/** What HAProxy says of a configuration, one message each, without process ids and with the services concerned. */
export interface CheckResult {
  /** Whether HAProxy would start with it; warnings do not count. */
  valid: boolean;
  errors: string[];
  warnings: string[];
}

interface Outcome {
  status: number;
  output: string;
}

/** HAProxy needs a quarter of a second for 5,000 backends; names that do not resolve may take it longer. */
const standardTimeoutMs = 30_000;

/**
 * Asks the HAProxy binary `bin` (a path, or a name on PATH) whether it would start with a text, which is put into a
 * private file for the time of the check (`haproxy -c`: https://docs.haproxy.org/2.6/management.html#3). An invalid
 * configuration is a result, not an error.
 * @throws AppError NOT_FOUND when there is no such binary, UPSTREAM_TIMEOUT after `timeoutMs`
 */
export async function checkConfiguration(
  bin: string,
  text: string,
  timeoutMs = standardTimeoutMs,
): Promise<CheckResult> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-check-'));
  try {
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, text, { mode: 0o600 });
    const { status, output } = await run(bin, ['-c', '-f', file], timeoutMs);
    return resultOf({ status, output: output.replaceAll(file, 'haproxy.cfg') }, text);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The version of the HAProxy `bin`.
 * @throws AppError NOT_FOUND when it is not, UPSTREAM_TIMEOUT when it does not end
 */
export async function requireHaproxy(bin: string): Promise<Version> {
  const { output } = await run(bin, ['-v'], standardTimeoutMs);
  const version = versionIn(output);
  if (version === undefined) throw notRunnable(bin, `it says ${JSON.stringify(output.slice(0, 100))}`);
  return version;
}

function run(bin: string, args: readonly string[], timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 } as const;
    execFile(bin, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, output: stderr || stdout });
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
    const message = `${bin} did not end within ${timeoutMs} ms. Try again, or see what it waits for.`;
    return new AppError('UPSTREAM_TIMEOUT', message, { cause: error });
  }
  return notRunnable(bin, error.message, error);
}

function notRunnable(bin: string, why: string, cause?: Error): AppError {
  const hint = 'Install HAProxy 2.6 or later, or say where it is.';
  return new AppError('NOT_FOUND', `${bin} cannot be run: ${why}. ${hint}`, { cause });
}

/** Lines look like `[ALERT]    (4711) : config : parsing [haproxy.cfg:3] : unknown keyword …`. */
function resultOf({ status, output }: Outcome, configuration: string): CheckResult {
  const messages = [...output.matchAll(/^\[(\w+)\]\s*(?:\(\d+\) : )?(.*)$/gm)];
  const ofLevel = (level: string): string[] =>
    messages
      .filter(([, found]) => found === level)
      .map(([, , text = '']) => withServices(withoutSecrets(text.trim()), configuration));
  const errors = ofLevel('ALERT');
  const silent = status !== 0 && errors.length === 0;
  return {
    valid: status === 0,
    errors: silent ? [withoutSecrets(output.trim()) || `haproxy -c ended with status ${status}`] : errors,
    warnings: ofLevel('WARNING'),
  };
}
