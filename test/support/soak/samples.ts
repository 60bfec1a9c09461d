import { readdir, readFile } from 'node:fs/promises';
import { processesAt } from '../../../src/haproxy-process/reload.ts';
import type { WholeSystem } from '../whole-system/system.ts';

/** What a process holds. */
interface Sample {
  /** Memory in MiB that is its own and in use. */
  readonly memory: number;
  readonly handles: number;
}

/** What each process of a system held, from the start on. */
export interface Samples {
  take(): Promise<void>;
  /** For each process and each measure: what it was early, once all was warm, and late. */
  summary(): Record<string, Growth>;
}

/** Medians of the second and of the last fifth of the time. */
interface Growth {
  readonly early: number;
  readonly late: number;
}

export function samplesOf(system: WholeSystem): Samples {
  const taken = new Map<string, Sample[]>();
  return {
    take: async () => {
      for (const [name, pid] of await processesOf(system)) {
        const samples = taken.get(name) ?? [];
        taken.set(name, [...samples, await sampleOf(pid)]);
      }
    },
    summary: () =>
      Object.fromEntries(
        [...taken].flatMap(([name, samples]) =>
          (['memory', 'handles'] as const).map((measure) => [
            `${measure} of ${name}`,
            growthOf(samples.map((sample) => sample[measure])),
          ]),
        ),
      ),
  };
}

async function processesOf({ account, agent, proxy }: WholeSystem): Promise<[string, number][]> {
  const { master, workers } = await processesAt(agent.masterSocket);
  return [
    ['the registrator', account.pid],
    ['the agent', agent.pid],
    ['the proxy', proxy.pid],
    ["HAProxy's master", master],
    ...workers.map((pid): [string, number] => ["HAProxy's worker", pid]),
  ];
}

/** Of Linux, as https://docs.kernel.org/filesystems/proc.html has it. */
async function sampleOf(pid: number): Promise<Sample> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  const handles = (await readdir(`/proc/${pid}/fd`)).length;
  return { memory: Math.round(Number(kilobytes) / 1024), handles };
}

function growthOf(values: readonly number[]): Growth {
  const fifth = Math.floor(values.length / 5);
  return { early: medianOf(values.slice(fifth, 2 * fifth)), late: medianOf(values.slice(-fifth)) };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
