import type { Readable } from 'node:stream';
import type { LineWriter } from '../told/access-log.ts';

/** Passes on what a stream gives, cut at the ends of lines alone. */
export function passLines(from: Readable, to: LineWriter): void {
  let rest = '';
  from.setEncoding('utf8');
  from.on('data', (text: string) => {
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) to.write(rest + text.slice(0, end));
    rest = end > 0 ? text.slice(end) : rest + text;
  });
  from.on('end', () => {
    if (rest !== '') to.write(`${rest}\n`);
  });
}
