import { type DestinationStream, pino } from 'pino';

/** Constant messages, data in fields: one JSON line each. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Levels of the log, the most talkative first; `silent` writes nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names of fields whose values never reach a log line; secrets are wrapped besides (`core/secret.ts`). */
const secretFields = ['token', 'authorization', 'password', 'privateKey', 'privateKeyPEM', 'x-consul-token'];

/**
 * A logger of JSON lines with `level` as a word and `time` in ISO 8601.
 * @param level the least level that is written
 * @param fields are in every line
 * @param destination where lines go; standard output by default
 */
export function createLogger(level: LogLevel, fields: object = {}, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: fields,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretFields.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: '[redacted]' },
  };
  return destination ? pino(options, destination) : pino(options);
}
