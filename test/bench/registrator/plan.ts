import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { printTable, ratio, type Row } from '../harness.ts';

const sizes = [5_000, 50_000];
const situations = ['unchanged', 'new', 'changed', 'gone'];

interface Measured {
  size: number;
  cpuMs: number;
  memoryMb: number;
  changes: number;
}

function measure(size: number, situation: string): Measured {
  const program = fileURLToPath(new URL('plan-once.ts', import.meta.url));
  const output = execFileSync(process.execPath, [...process.execArgv, program, String(size), situation]);
  return { ...(JSON.parse(output.toString()) as Omit<Measured, 'size'>), size };
}

const rows = situations.flatMap((situation): Row[] => {
  const [few, many] = sizes.map((size) => measure(size, situation));
  if (!few || !many) throw new Error('two sizes are measured');
  const of = `${many.size} functions ${situation}`;
  const growth = many.cpuMs / many.size / (few.cpuMs / few.size);
  return [
    ratio(`${of}, each`, growth, `one of ${few.size}`, { atMost: 2 }, `; ${many.changes} changes`),
    ratio(`${of}, processor time`, many.cpuMs / 2000, '2 s', { atMost: 1 }),
    ratio(`${of}, memory of the process`, many.memoryMb / 512, '512 MB', { atMost: 1 }),
  ];
});
printTable('Planning', rows);
