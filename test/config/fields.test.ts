import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import {
  commaList,
  decimal,
  goBoolean,
  logLevel,
  oneOf,
  text,
  textRuleOf,
  wholeNumber,
} from '../../src/config/fields.ts';

const read = (schema: z.ZodType<unknown, string>, value: string): unknown => schema.safeParse(value).data;
const problem = (schema: z.ZodType<unknown, string>, value: string): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

describe('booleans', () => {
  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('read %s as true, like Go', (value) => {
    expect(read(goBoolean, value)).toBe(true);
  });

  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('read %s as false, like Go', (value) => {
    expect(read(goBoolean, value)).toBe(false);
  });

  it.each(['', 'yes', 'no', 'tRUE', 'on', ' true', '2'])('refuse %j, like Go', (value) => {
    expect(problem(goBoolean, value)).toBe(`must be true or false, not ${JSON.stringify(value)}`);
  });
});

describe('numbers', () => {
  it.each([
    ['1', 1],
    ['9', 9],
    ['007', 7],
  ])('read %j', (value, number) => {
    expect(read(wholeNumber(1, 9), value)).toBe(number);
  });

  it.each(['0', '10', '-1', '1.5', '1e1', '0x5', '', ' 5', '5 ', 'five', '99999999999999999999'])(
    'refuse %j where whole numbers from 1 to 9 are wanted',
    (value) => {
      expect(problem(wholeNumber(1, 9), value)).toBe(
        `must be a whole number from 1 to 9, not ${JSON.stringify(value)}`,
      );
    },
  );

  it('have a lowest value alone where nothing is said of a highest', () => {
    expect(problem(wholeNumber(1), '0')).toBe('must be a whole number of at least 1, not "0"');
    expect(problem(wholeNumber(1), '9007199254740993')).toBeDefined();
  });

  it.each([
    ['0', 0],
    ['12.5', 12.5],
    ['100', 100],
  ])('read %j with decimals', (value, number) => {
    expect(read(decimal(0, 100), value)).toBe(number);
  });

  it.each(['100.1', '-1', '1e2', '.5', '5.', '', 'NaN', 'Infinity', '5%'])(
    'refuse %j from 0 to 100',
    (value) => {
      expect(problem(decimal(0, 100), value)).toBe(
        `must be a number from 0 to 100, not ${JSON.stringify(value)}`,
      );
    },
  );
});

describe('words', () => {
  it.each(['sync', 'SYNC', 'Sync'])('are read in any case: %s', (value) => {
    expect(read(oneOf(['sync', 'upsert-only']), value)).toBe('sync');
  });

  it('are named when none of them was given', () => {
    expect(problem(oneOf(['sync', 'upsert-only']), 'never')).toBe(
      'must be one of sync, upsert-only, not "never"',
    );
  });

  it('are log levels', () => {
    expect(read(logLevel, 'WARN')).toBe('warn');
    expect(problem(logLevel, 'loud')).toContain('trace, debug, info, warn, error, fatal, silent');
  });

  it('are lists between commas', () => {
    expect(read(commaList, ' a, b ,,c,')).toEqual(['a', 'b', 'c']);
    expect(read(commaList, '')).toEqual([]);
  });
});

describe('texts', () => {
  it('say what they must be', () => {
    const name = text(/^[a-z]+$/, 'lower-case letters');
    expect(read(name, 'pay')).toBe('pay');
    expect(problem(name, 'Pay')).toBe('must be lower-case letters, not "Pay"');
  });

  it('are read in their normal form, by a rule that is data all the same', () => {
    const path = text(/^\/?[a-z]+$/, 'a path', (value) => `/${value.replace('/', '')}`);
    expect([read(path, 'pay'), read(path, '/pay')]).toEqual(['/pay', '/pay']);
    expect(textRuleOf(path)).toMatchObject({ kind: 'form', description: 'a path' });
  });
});
