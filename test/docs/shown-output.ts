/** What is another one each time: times and durations, traces, the width of columns with ports. */
const passing: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME'],
  [/"(duration_ms|age_s)":\d+/g, '"$1":0'],
  [/ {2,}/g, '  '],
  [/Root=1-[0-9a-f]{8}-[0-9a-f]{24}/g, 'TRACE'],
];

/** Config entries have other fields in Consul before 1.15. */
const isOfVersion = (line: string): boolean => line.includes('~ service-defaults.');

/** Whether a command said what a page shows; `…` stands for any number of lines, and blank lines do not count. */
export function fits(said: readonly string[], shown: readonly string[]): boolean {
  return isAs(lasting(said), lasting(shown));
}

function lasting(lines: readonly string[]): string[] {
  return lines
    .filter((line) => line !== '' && !isOfVersion(line))
    .map((line) => passing.reduce((all, [what, name]) => all.replaceAll(what, name), line));
}

function isAs(said: readonly string[], [next, ...rest]: readonly string[]): boolean {
  if (next === undefined) return said.length === 0;
  if (next !== '…') return said[0] === next && isAs(said.slice(1), rest);
  return said.some((_line, at) => isAs(said.slice(at), rest)) || isAs([], rest);
}
