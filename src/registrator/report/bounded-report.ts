import type { Report } from '../model/report.ts';

const listNames = ['failures', 'skips', 'warnings', 'changes'] as const;
type ListName = (typeof listNames)[number];

const maxEntries = 1_000;
/** Below the 256 KB of an event that is passed on, with room for the fields of a log line. */
const maxBytes = 250_000;

/**
 * The report as an answer of bounded size: lists of at most 1,000 entries, less than 256 KB of JSON in all, `truncated`
 * saying how many entries of each list were left out. Counts stay whole.
 */
export function boundedReport(report: Report): Report {
  const bySize = listNames
    .map((name) => ({ name, sizes: report[name].slice(0, maxEntries).map(jsonBytes) }))
    .toSorted((left, right) => total(left.sizes) - total(right.sizes));
  let bytesLeft = maxBytes - jsonBytes({ ...report, failures: [], skips: [], warnings: [], changes: [] });
  const kept: Partial<Record<ListName, number>> = {};
  for (const [index, { name, sizes }] of bySize.entries()) {
    const share = bytesLeft / (bySize.length - index);
    const count = countWithin(sizes, share);
    bytesLeft -= total(sizes.slice(0, count));
    kept[name] = count;
  }
  const truncated = Object.fromEntries(
    listNames
      .map((name) => [name, report[name].length - (kept[name] ?? 0)] as const)
      .filter(([, leftOut]) => leftOut > 0),
  );
  if (Object.keys(truncated).length === 0) return report;
  return {
    ...report,
    changes: report.changes.slice(0, kept.changes),
    skips: report.skips.slice(0, kept.skips),
    warnings: report.warnings.slice(0, kept.warnings),
    failures: report.failures.slice(0, kept.failures),
    truncated,
  };
}

/** How many of the first entries fit into `bytes`. */
function countWithin(sizes: readonly number[], bytes: number): number {
  let left = bytes;
  let count = 0;
  for (const size of sizes) {
    left -= size;
    if (left < 0) break;
    count += 1;
  }
  return count;
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Size as a member of a JSON list, comma included. */
function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}
