import { expect, it } from 'vitest';
import { paintFor } from '../../src/cli/paint.ts';

const terminal = { isTTY: true };
const pipe = {};

it.each([
  ['a terminal', terminal, {}, true],
  ['a pipe', pipe, {}, false],
  ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['a terminal with an empty NO_COLOR, which is none', terminal, { NO_COLOR: '' }, true],
  ['a terminal that knows no colours', terminal, { TERM: 'dumb' }, false],
  ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
  ['a terminal with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
  ['a pipe with both', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('%s', (_what, stream, env, isColoured) => {
  const text = paintFor(stream, env)('red', 'FAIL');
  expect(text !== 'FAIL').toBe(isColoured);
});
