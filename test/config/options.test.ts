import { describe, expect, it } from 'vitest';
import { oneOf, wholeNumber } from '../../src/config/fields.ts';
import {
  configError,
  optional,
  optionTable,
  readOptions,
  required,
  withDefault,
} from '../../src/config/options.ts';

const table = {
  address: required('ADDRESS', oneOf(['here', 'there']), 'where to'),
  size: withDefault('SIZE', wholeNumber(1, 9), '5', 'how many'),
  prefix: withDefault('PREFIX', oneOf(['', 'fn-']), '', 'before names'),
  limit: optional('LIMIT', wholeNumber(0), 'how far'),
};

describe('readOptions', () => {
  it('takes values, defaults and what may be absent', () => {
    expect(readOptions(table, { ADDRESS: 'here' })).toEqual({
      address: 'here',
      size: 5,
      prefix: '',
      limit: undefined,
    });
    expect(readOptions(table, { ADDRESS: 'THERE', SIZE: '9', PREFIX: 'fn-', LIMIT: '0' })).toEqual({
      address: 'there',
      size: 9,
      prefix: 'fn-',
      limit: 0,
    });
  });

  it('takes an empty variable for an absent one, unless the option says otherwise', () => {
    expect(readOptions(table, { ADDRESS: 'here', SIZE: '', LIMIT: '' })).toMatchObject({ size: 5 });
    const off = { size: { ...table.size, schema: oneOf(['', 'on']), emptyCounts: true } };
    expect(readOptions(off, { SIZE: '' })).toEqual({ size: '' });
  });

  it('tells every problem in one message, those that were known before first', () => {
    const read = (): unknown => readOptions(table, { SIZE: '10', LIMIT: '-1' }, ['OTHER is not supported']);
    expect(read).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: [
          'The configuration is invalid:',
          '- OTHER is not supported',
          '- ADDRESS is required',
          '- SIZE must be a whole number from 1 to 9, not "10"',
          '- LIMIT must be a whole number of at least 0, not "-1"',
        ].join('\n'),
      }) as Error,
    );
  });

  it('fails for what was known before alone', () => {
    expect(() => readOptions(table, { ADDRESS: 'here' }, ['A and B exclude each other'])).toThrow(
      'A and B exclude each other',
    );
  });
});

describe('configError', () => {
  it('keeps the problems apart for the log', () => {
    expect(configError(['one', 'two'])).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { problems: ['one', 'two'] },
    });
  });
});

describe('optionTable', () => {
  it('is a Markdown table of variables, defaults and meanings', () => {
    expect(optionTable(table).split('\n')).toEqual([
      '| variable | default | meaning |',
      '|---|---|---|',
      '| `ADDRESS` | required | where to |',
      '| `SIZE` | `5` | how many |',
      '| `PREFIX` | empty | before names |',
      '| `LIMIT` | none | how far |',
    ]);
  });
});
