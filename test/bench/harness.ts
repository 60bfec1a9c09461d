/** One line of a benchmark's table. */
export interface Row {
  readonly what: string;
  readonly value: string;
  /** What the line is compared with, such as `0.98 × 100 services`. */
  readonly ratio?: string;
}

/** Prints a benchmark's table, and what it has to hold. */
export function printTable(title: string, goal: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const valueWidth = Math.max(...rows.map(({ value }) => value.length));
  const lines = rows.map(({ what, value, ratio = '' }) =>
    `  ${what.padEnd(width)}  ${value.padStart(valueWidth)}  ${ratio}`.trimEnd(),
  );
  process.stdout.write(`\n${title} (${goal})\n${lines.join('\n')}\n`);
}

/** The shortest of `times` runs in milliseconds: the one that other work on the machine disturbed least. */
export async function fastest(times: number, work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < times; run += 1) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** `12.3 × what`. */
export function times(value: number, base: number, what: string): string {
  const factor = value / base;
  return `${factor >= 100 ? factor.toFixed(0) : factor.toFixed(2)} × ${what}`;
}
