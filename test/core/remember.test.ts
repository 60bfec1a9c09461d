import { expect, it } from 'vitest';
import { rememberingBy, rememberingEach } from '../../src/core/remember.ts';

it('makes a value of each object once, undefined too', () => {
  const made: object[] = [];
  const make = rememberingEach((input: { value: number | undefined }) => {
    made.push(input);
    return input.value;
  });
  const [one, none] = [{ value: 1 }, { value: undefined }];
  expect([make(one), make(none), make(one), make(none), make({ value: 1 })]).toEqual([
    1,
    undefined,
    1,
    undefined,
    1,
  ]);
  expect(made).toHaveLength(3);
});

it('makes a value of the first input with a key', () => {
  const make = rememberingBy(
    (text: string) => text.toLowerCase(),
    (text) => text,
  );
  expect([make('A'), make('a'), make('b'), make('B')]).toEqual(['A', 'A', 'b', 'b']);
});
