import { both, type Decision, either, equals, isStep } from '../../values/decision.ts';

/**
 * Memory in MiB that Fargate gives to a share of processors, from and to, and how far apart
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html).
 */
const sizes = [
  [256, 512, 512, 512],
  [256, 1024, 2048, 1024],
  [512, 1024, 4096, 1024],
  [1024, 2048, 8192, 1024],
  [2048, 4096, 16_384, 1024],
  [4096, 8192, 30_720, 1024],
  [8192, 16_384, 61_440, 4096],
  [16_384, 32_768, 122_880, 8192],
] as const;

/** Whether Fargate has tasks of this size. */
export function isFargateSize(cpu: number, memory: number): Decision {
  return sizes
    .map(([share, first, last, step]) => both(equals(cpu, share), isStep(memory, first, last, step)))
    .reduce(either);
}
