import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable, ratio, type Row } from './harness.ts';
import type { LoadResult } from './proxy/load.ts';
import { load, type Running, start } from './proxy/process.ts';
import { stubVariant, type Variant, variantsBefore } from './proxy/variants.ts';

const connectionCounts = [1, 32, 128];
const runs = 3;
const seconds = 2;

/** Bodies that are under way at once, and how large each is. */
const bodies = { connections: 64, bodyBytes: 1_000_000 };

const folder = await mkdtemp(join(tmpdir(), 'proxy-bench-'));
try {
  await using stub = await start(await stubVariant());
  const variants = await variantsBefore(`http://127.0.0.1:${stub.port}`, folder);
  const rows = [...(await throughput(variants)), ...(await memory(variants)), ...(await starts(variants))];
  const title = 'Proxy before a function that answers at once; load, proxy and function share the cores';
  printTable(title, rows);
} finally {
  await rm(folder, { recursive: true, force: true });
}

type Figures = Map<string, number>;

/** Requests a second and latencies of all, in turn, as medians. */
async function throughput(variants: readonly Variant[]): Promise<Row[]> {
  const running = await Promise.all(variants.map(start));
  try {
    const rows: Row[] = [];
    for (const connections of connectionCounts) {
      const results = await inTurns(running, connections);
      const perSecond = medians(results, (result) => result.perSecond);
      const from = `${connections} connection${connections === 1 ? '' : 's'}`;
      rows.push(...compared(`requests a second from ${from}`, perSecond, (value) => `${value.toFixed(0)}/s`));
      if (connections !== connectionCounts.at(-1)) continue;
      const spread = medians(results, ({ p99, p50 }) => p99 / p50);
      rows.push(
        ...alone(`latency of 1 in 100 from ${from}`, spread, (value) => `${value.toFixed(2)} × its median`),
      );
    }
    return rows;
  } finally {
    for (const one of running) await one[Symbol.asyncDispose]();
  }
}

/** Another one begins each time, so that what else the machine does strikes all alike; the first turn warms up. */
async function inTurns(running: readonly Running[], connections: number): Promise<Map<string, LoadResult[]>> {
  const results = new Map<string, LoadResult[]>(running.map(({ name }) => [name, []]));
  for (let turn = 0; turn <= runs; turn += 1) {
    const order = running.map((_, at) => running[(at + turn) % running.length]);
    for (const one of order) {
      if (!one) continue;
      const result = await load(one, { connections, seconds });
      if (turn > 0) results.get(one.name)?.push(result);
    }
  }
  return results;
}

/** The most memory while many large bodies are under way, in processes that have done nothing else. */
async function memory(variants: readonly Variant[]): Promise<Row[]> {
  const peaks: Figures = new Map();
  for (const variant of variants) {
    await using running = await start(variant);
    await load(running, bodies);
    peaks.set(variant.name, await running.peakMb());
  }
  return compared('memory with 64 bodies of 1 MB at once', peaks, (value) => `${value.toFixed(0)} MB`);
}

async function starts(variants: readonly Variant[]): Promise<Row[]> {
  const times = new Map<string, number[]>();
  for (let run = 0; run < runs; run += 1) {
    for (const variant of variants) {
      await using running = await start(variant);
      times.set(variant.name, [...(times.get(variant.name) ?? []), running.startMs]);
    }
  }
  const typical: Figures = new Map([...times].map(([name, values]) => [name, medianIn(values)]));
  return alone('start to listening', typical, (value) => `${value.toFixed(0)} ms`);
}

function medians(
  results: ReadonlyMap<string, LoadResult[]>,
  figure: (result: LoadResult) => number,
): Figures {
  return new Map([...results].map(([name, all]) => [name, medianIn(all.map(figure))]));
}

function medianIn(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Ours as so many times each of the others. */
function compared(what: string, figures: Figures, text: (value: number) => string): Row[] {
  const ours = figures.get('ours') ?? Number.NaN;
  const others = [...figures].filter(([name]) => name !== 'ours');
  return others.map(([name, value]) =>
    ratio(what, ours / value, `the ${name}`, {}, `, ${text(ours)} against ${text(value)}`),
  );
}

function alone(what: string, figures: Figures, text: (value: number) => string): Row[] {
  return [...figures].map(([name, value]) => ({ what: `${what}, ${name}`, figure: text(value) }));
}
