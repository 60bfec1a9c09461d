import { styleText } from 'node:util';
import type { Environment } from '../config/options.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'cyan';
/** Colours a text for the reader, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/**
 * How texts for a stream are coloured: on a terminal that knows colours, and never with `NO_COLOR` (https://no-color.org).
 * With `FORCE_COLOR` (https://force-color.org) elsewhere too, as where a build shows its log with colours.
 */
export function paintFor({ isTTY = false }: { isTTY?: boolean }, env: Environment): Paint {
  const { NO_COLOR: never, FORCE_COLOR: always, TERM: kind } = env;
  const isColoured = !never && (always ? !['0', 'false'].includes(always) : isTTY && kind !== 'dumb');
  return isColoured ? (colour, text) => styleText(colour, text, { validateStream: false }) : plainly;
}

function plainly(_colour: Colour, text: string): string {
  return text;
}
