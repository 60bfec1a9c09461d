/** One line of a benchmark's table: a ratio of one run, or a count. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  /** What the figure has to hold, if anything, and whether it does. */
  readonly goal?: { readonly text: string; readonly isMet: boolean };
}

/** Prints a benchmark's table. */
export function printTable(title: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const figureWidth = Math.max(...rows.map(({ figure }) => figure.length));
  const lines = rows.map(({ what, figure, goal }) => {
    const holds = goal === undefined ? '' : `${goal.text}${goal.isMet ? '' : '  MISSED'}`;
    return `  ${what.padEnd(width)}  ${figure.padEnd(figureWidth)}  ${holds}`.trimEnd();
  });
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
}

interface Bounds {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** `first sync   7.42 × one at a time   at least 7`; a `more` ends the figure. */
export function ratio(what: string, value: number, base: string, bounds: Bounds = {}, more = ''): Row {
  const figure = `${value >= 100 ? value.toFixed(0) : value.toFixed(2)} × ${base}${more}`;
  const { atLeast, atMost } = bounds;
  if (atLeast !== undefined)
    return { what, figure, goal: { text: `at least ${atLeast}`, isMet: value >= atLeast } };
  if (atMost !== undefined)
    return { what, figure, goal: { text: `at most ${atMost}`, isMet: value <= atMost } };
  return { what, figure };
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The shortest of `times` runs in milliseconds: the one that other work on the machine disturbed least. */
export async function fastest(times: number, work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < times; run += 1) best = Math.min(best, await timed(work));
  return best;
}

/** Rounds before those that count, in which programs and caches become warm. */
const warmUps = 2;

/** The median of what `round` gives, which is told how many came before it. */
export async function medianOf(rounds: number, round: (at: number) => Promise<number>): Promise<number> {
  const figures: number[] = [];
  for (let at = 0; at < warmUps + rounds; at += 1) figures.push(await round(at));
  return figures.slice(warmUps).toSorted((left, right) => left - right)[Math.floor(rounds / 2)] ?? Number.NaN;
}

type Timing = () => Promise<number>;

/** Two times, of which each is taken first every other round: what else the machine does strikes both alike. */
export async function inTurn(at: number, left: Timing, right: Timing): Promise<[number, number]> {
  if (at % 2 === 0) {
    const ms = await left();
    return [ms, await right()];
  }
  const ms = await right();
  return [await left(), ms];
}
