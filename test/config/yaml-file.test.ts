import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { checkedText } from '../../src/config/fields.ts';
import { count } from '../../src/config/file-fields.ts';
import { readYamlFile } from '../../src/config/yaml/file.ts';
import { matching } from '../../src/core/checked.ts';
import { isAppError } from '../../src/core/errors.ts';

const schema = z.object({
  name: z.string().default('nobody'),
  size: count(1, 9).default(5),
  on: z.boolean().default(true),
  nested: z.object({ path_prefix: z.string().optional() }).prefault({}),
  list: z
    .array(
      z.object({
        host: checkedText((text) => matching(text, /^[a-z]+$/, 'letters')),
        size: z.int().optional(),
      }),
    )
    .default([]),
});

const read = (text: string) => readYamlFile(text, 'f.yaml', schema);

/** The lines that tell what is wrong. */
function problemsIn(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (!isAppError(error, 'CONFIG_INVALID')) throw error;
    const told = error.message.split('\n').slice(1);
    return told.filter((line) => !line.startsWith('warning: '));
  }
  return [];
}

const defaults = { name: 'nobody', size: 5, on: true, nested: {}, list: [] };

describe('a file', () => {
  it.each(['', '# nothing\n', '---\n', '{}', '~', 'name:\nlist: ~\nnested:\n'])(
    'has the defaults for %j',
    (text) => {
      expect(read(text)).toMatchObject({ value: defaults, warnings: [] });
    },
  );

  it('is read with its values, from either kind of line end and with a mark at its beginning', () => {
    const text = '\uFEFFname: me\r\nsize: 7\r\nlist:\r\n  - host: a\r\n  - { host: b, size: 2 }\r\n';
    expect(read(text).value).toMatchObject({
      name: 'me',
      size: 7,
      list: [{ host: 'a' }, { host: 'b', size: 2 }],
    });
  });

  it('may share values by anchors and merge keys', () => {
    const text = 'list:\n  - &one {host: a, size: 1}\n  - {<<: *one, host: b}\n  - *one\n';
    expect(read(text).value.list).toEqual([
      { host: 'a', size: 1 },
      { host: 'b', size: 1 },
      { host: 'a', size: 1 },
    ]);
  });
});

describe('problems', () => {
  it('are told all at once, each with its line and key, in the order of the lines', () => {
    const text =
      'size: 10\nname: 5\nlist:\n  - size: 1.5\n  - host: A\n    size: 3\n  -\non: yes\nnested: [1]\n';
    expect(problemsIn(text)).toEqual([
      'f.yaml:1: size: must be a whole number from 1 to 9, not 10',
      'f.yaml:2: name: must be text, in quotes',
      'f.yaml:4: list[0].host: is required',
      'f.yaml:4: list[0].size: must be a whole number',
      'f.yaml:5: list[1].host: must be letters, not "A"',
      'f.yaml:7: list[2]: must be a mapping of keys to values',
      'f.yaml:8: on: must be true or false',
      'f.yaml:9: nested: must be a mapping of keys to values',
    ]);
  });

  it('come with the warnings, which may tell the reason', () => {
    expect(() => read('list:\n  - hots: a\n')).toThrow(
      [
        'The configuration is invalid:',
        'f.yaml:2: list[0].host: is required',
        'warning: f.yaml:2: list[0].hots: unknown key, ignored; did you mean host?',
      ].join('\n'),
    );
  });

  it('stand where the value is written, through anchors and merge keys', () => {
    const text =
      'nested: &n\n  path_prefix: [x]\nlist:\n  - &one\n    host: A\n  - <<: *one\n    size: x\n  - *one\n';
    expect(problemsIn(text)).toEqual([
      'f.yaml:2: nested.path_prefix: must be text',
      'f.yaml:5: list[0].host: must be letters, not "A"',
      'f.yaml:5: list[1].host: must be letters, not "A"',
      'f.yaml:5: list[2].host: must be letters, not "A"',
      'f.yaml:7: list[1].size: must be a number',
    ]);
  });

  it.each([
    ['a list', '- a\n- b', 'f.yaml:1: must be a mapping of keys to values'],
    ['a text', 'hello', 'f.yaml:1: must be a mapping of keys to values'],
    ['a key given twice', 'name: a\nsize: 1\nname: b', 'f.yaml:3: name: is given on line 1 already'],
    ['a second document', 'name: a\n---\nname: b', 'f.yaml:2: must be the only document of the file'],
    ['a tab', 'nested:\n\tpath_prefix: x', 'f.yaml:2: is no YAML: Tabs are not allowed as indentation'],
    ['a bracket that stays open', 'name: a\nlist: [', expect.stringMatching(/^f\.yaml:2: is no YAML: /)],
    [
      'a key that is a list',
      '? [a]\n: b',
      expect.stringMatching(/^f\.yaml:1: is no YAML: .*keys must be strings/),
    ],
    [
      'an alias of nothing',
      'size: 1\nname: *who',
      'f.yaml:2: *who stands for nothing: no &who comes before it',
    ],
    ['an alias of itself', 'list: &l\n  - *l', 'f.yaml:2: *l stands for what it is part of'],
    ['a merge of itself', 'nested: &n\n  <<: *n', 'f.yaml:2: *n stands for what it is part of'],
  ])('are told of %s', (_what, text, problem) => {
    expect(problemsIn(text)).toEqual([problem]);
  });

  it('are told of aliases that stand for very much', () => {
    const levels = ['l0: &l0 [x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level += 1) {
      levels.push(
        `l${level}: &l${level} [${Array(9)
          .fill(`*l${level - 1}`)
          .join(',')}]`,
      );
    }
    expect(problemsIn(levels.join('\n'))).toEqual(['f.yaml:1: its aliases stand for too many values']);
    const many = `name: &n x\nlist: [${Array(2000).fill('*n').join(',')}]`;
    expect(problemsIn(many)).toEqual(['f.yaml:2: there are more than 1000 aliases']);
  });

  it.each([
    'name: "x" "s3cret"',
    'name: |x s3cret',
    "name: 's3cret",
    'name: a: s3cret',
    'name: "\\q s3cret"',
  ])('show nothing of the text of %j', (text) => {
    expect(JSON.stringify(problemsIn(text))).toMatch(/is no YAML: /);
    expect(JSON.stringify(problemsIn(text))).not.toContain('s3cret');
  });
});

describe('warnings', () => {
  it('name unknown keys with their line, and the nearest known one where one is near', () => {
    const text =
      'nmae: x\nother: 1\nnested:\n  path-prefix: /\nlist:\n  - host: a\n    "new\\nline": 2\n__proto__: 1\n';
    expect(read(text).warnings).toEqual([
      'f.yaml:1: nmae: unknown key, ignored; did you mean name?',
      'f.yaml:2: other: unknown key, ignored',
      'f.yaml:4: nested.path-prefix: unknown key, ignored; did you mean path_prefix?',
      'f.yaml:7: list[0]."new\\nline": unknown key, ignored',
      'f.yaml:8: __proto__: unknown key, ignored',
    ]);
  });

  it('name tags that mean nothing', () => {
    expect(read('name: !env HOME')).toMatchObject({
      value: { name: 'HOME' },
      warnings: ['f.yaml:1: Unresolved tag: !env'],
    });
  });
});

it('gives lines and remarks for what a caller finds', () => {
  const file = read('size: 1\nlist:\n  - host: a\n  -\n    host: b\n');
  expect(file.lineOf(['list', 1])).toBe(5);
  expect(file.lineOf(['list', 1, 'size'])).toBe(5);
  expect(file.lineOf(['nothing'])).toBe(1);
  expect(file.remark(['list', 0, 'host'], 'is idle')).toBe('f.yaml:3: list[0].host: is idle');
});
