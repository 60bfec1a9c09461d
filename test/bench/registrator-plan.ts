import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { printTable, type Row, times } from './harness.ts';

const sizes = [5_000, 50_000];
const situations = ['unchanged', 'new', 'changed', 'gone'];

interface Measured {
  size: number;
  cpuMs: number;
  memoryMb: number;
  changes: number;
}

function measure(size: number, situation: string): Measured {
  const program = fileURLToPath(new URL('registrator-plan-once.ts', import.meta.url));
  const output = execFileSync(process.execPath, [...process.execArgv, program, String(size), situation]);
  return { ...(JSON.parse(output.toString()) as Omit<Measured, 'size'>), size };
}

const rows = situations.flatMap((situation) => {
  const measured = sizes.map((size) => measure(size, situation));
  return measured.map(({ size, cpuMs, memoryMb, changes }): Row => {
    const [{ size: first, cpuMs: firstMs } = { size, cpuMs }] = measured;
    return {
      what: `${size} functions ${situation}, ${changes} changes`,
      value: `${cpuMs.toFixed(0)} ms, ${memoryMb.toFixed(0)} MB`,
      ratio: times(cpuMs / size, firstMs / first, `that of ${first} a function`),
    };
  });
});
printTable('Planning, processor time and memory of a process', '50,000 in under 2 s and 512 MB', rows);
