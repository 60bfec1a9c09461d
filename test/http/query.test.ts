import { expect, it } from 'vitest';
import { decodePercent, decodedParameters, rawParameters } from '../../src/http/query.ts';

it.each([
  [undefined, []],
  ['', []],
  ['&&', []],
  ['a', [['a', '']]],
  ['a=', [['a', '']]],
  ['=a', [['', 'a']]],
  ['=', [['', '']]],
  [
    'a=b=c&a;d',
    [
      ['a', 'b=c'],
      ['a;d', ''],
    ],
  ],
])('reads the parameters of %j', (query, parameters) => {
  expect(rawParameters(query)).toEqual(parameters);
});

it.each([
  ['a+b=c%20d', [['a b', 'c d']]],
  ['a%26b=%3D%2B', [['a&b', '=+']]],
  ['%C3%BC=%e6%bc%a2', [['ü', '漢']]],
  ['a=%', [['a', '%']]],
  ['a=%zz+%2', [['a', '%zz %2']]],
  ['a=%FF%20b', [['a', '%FF%20b']]],
  ['a=%FFx%20b', [['a', '%FFx b']]],
  ['a=%ED%A0%80', [['a', '%ED%A0%80']]],
  ['a=%00', [['a', '\0']]],
])('decodes the parameters of %s, and keeps escapes that are none', (query, parameters) => {
  expect(decodedParameters(query)).toEqual(parameters);
});

it('leaves a plus in a path', () => {
  expect(decodePercent('/a+b%2Bc')).toBe('/a+b+c');
});
