import { describe, expect, it } from 'vitest';
import { createLogger, type Logger, type LogLevel } from '../../src/core/logger.ts';
import { Secret } from '../../src/core/secret.ts';

/** The lines that `write` makes a logger print. */
function linesOf(level: LogLevel, write: (logger: Logger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger(level, { program: 'test' }, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the logger', () => {
  it('prints one JSON line with the level as a word, an ISO time, its fields and a constant message', () => {
    const [line] = linesOf('info', (logger) => logger.info({ service: 'pay' }, 'service created'));
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      program: 'test',
      service: 'pay',
      msg: 'service created',
    });
  });

  it('leaves out what is below its level', () => {
    const lines = linesOf('warn', (logger) => {
      logger.info({}, 'info');
      logger.warn({}, 'warn');
      logger.error({}, 'error');
    });
    expect(lines.map((line) => line['msg'])).toEqual(['warn', 'error']);
    expect(linesOf('silent', (logger) => logger.error({}, 'error'))).toEqual([]);
  });

  it.each(['token', 'authorization', 'password', 'privateKey', 'privateKeyPEM', 'x-consul-token'])(
    'redacts the field %s, alone and in an object',
    (name) => {
      const lines = linesOf('info', (logger) => {
        logger.info({ [name]: 'b1gs3cr3t' }, 'plain');
        logger.info({ headers: { [name]: 'b1gs3cr3t', host: 'consul' } }, 'within');
      });
      expect(lines).toHaveLength(2);
      expect(JSON.stringify(lines)).not.toContain('b1gs3cr3t');
      expect(lines[1]).toMatchObject({ headers: { [name]: '[redacted]', host: 'consul' } });
    },
  );

  it('shows no secret at any depth and any level', () => {
    const lines = linesOf('trace', (logger) => {
      const fields = { a: { b: { c: [{ value: new Secret('b1gs3cr3t') }] } } };
      logger.info(fields, 'info');
      logger.warn(fields, 'warn');
      logger.error(fields, 'error');
    });
    expect(lines).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain('b1gs3cr3t');
  });
});
