import { readFileSync } from 'node:fs';

/** One instruction, its continued lines joined. */
export interface Instruction {
  readonly name: string;
  /** As `--from=build` gives `from`. */
  readonly flags: Readonly<Record<string, string>>;
  /** Words, or the members of a JSON array. */
  readonly words: readonly string[];
  readonly text: string;
}

/** From one FROM to the next. */
export interface Stage {
  /** Where it has one. */
  readonly name: string | undefined;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** Defaults of the arguments before the first FROM. */
  readonly args: Readonly<Record<string, string>>;
  readonly stages: readonly Stage[];
}

/** Reads a Dockerfile (https://docs.docker.com/reference/dockerfile/) of the kind that is written here. */
export function readDockerfile(file: string): Dockerfile {
  const instructions = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(instructionOf);
  const first = instructions.findIndex(({ name }) => name === 'FROM');
  const args = Object.fromEntries(instructions.slice(0, first).map(({ text }) => text.split('=', 2)));
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions.slice(first)) {
    const [base = '', as, name] = instruction.words;
    if (instruction.name === 'FROM')
      stages.push({ base, name: as === 'AS' ? name : undefined, instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  return { args, stages };
}

function instructionOf(line: string): Instruction {
  const [, name = '', given = '', text = ''] = /^([A-Z]+)((?: --\S+)*) (.*)$/.exec(line) ?? [];
  if (name === '') throw new Error(`This is no instruction: ${line}`);
  const flags = [...given.matchAll(/--([\w-]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]);
  const words = text.startsWith('[') ? (JSON.parse(text) as string[]) : text.trim().split(/\s+/);
  return { name, flags: Object.fromEntries(flags) as Record<string, string>, words, text };
}

/** The last stage, which becomes the image. */
export function imageOf({ stages }: Dockerfile): Stage {
  const last = stages.at(-1);
  if (last === undefined) throw new Error('A Dockerfile has a stage.');
  return last;
}

/** The last instruction of a name in a stage. */
export function lastOf({ instructions }: Stage, name: string): Instruction | undefined {
  return instructions.findLast((instruction) => instruction.name === name);
}

/** Variables of a stage's ENV. */
export function variablesOf({ instructions }: Stage): Record<string, string> {
  const words = instructions.filter(({ name }) => name === 'ENV').flatMap((env) => env.words);
  return Object.fromEntries(words.map((word) => [word.replace(/=.*$/, ''), word.replace(/^[^=]*=/, '')]));
}
