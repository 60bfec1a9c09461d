#!/usr/bin/env node
import { errorCodes, isAppError, messageOf } from '../core/errors.ts';
import { openProxyOutput } from './output.ts';
import { runProxy } from './run.ts';

const [, , file] = process.argv;
const { logger, accessLog, flush } = openProxyOutput();
try {
  await runProxy(file, { env: process.env, logger, accessLog });
  process.exitCode = 0;
} catch (error) {
  process.stderr.write(`error: ${messageOf(error)}\n`);
  process.exitCode = isAppError(error) ? errorCodes[error.code].exitCode : errorCodes.INTERNAL.exitCode;
}
flush();
process.exit();
