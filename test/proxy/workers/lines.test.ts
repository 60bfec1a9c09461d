import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, it } from 'vitest';
import * as fc from 'fast-check';
import { passLines } from '../../../src/proxy/workers/lines.ts';
import { tries } from '../../support/explorations.ts';

it('passes on every line whole, wherever it was cut', async () => {
  const text = fc.array(fc.constantFrom('a', 'é', '\n', '{"x":1}\n'), { maxLength: 30 });
  const property = fc.asyncProperty(text, fc.array(fc.nat(40)), async (parts, cuts) => {
    const bytes = Buffer.from(parts.join(''));
    const [from, got] = [new PassThrough(), [] as string[]];
    passLines(from, { write: (lines) => got.push(lines) });
    let at = 0;
    for (const cut of cuts) from.write(bytes.subarray(at, (at += cut)));
    from.end(bytes.subarray(at));
    await finished(from);
    const whole = bytes.toString();
    expect(got.join('')).toBe(whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`);
    expect(got.filter((lines) => !lines.endsWith('\n'))).toEqual([]);
  });
  await fc.assert(property, tries(100));
});
