import { readFileSync } from 'node:fs';
import { type Input, snakeCase } from '../values/inputs.ts';
import type { ModuleSource } from './modules.ts';

/** The README of a module: its text from `texts/`, its tables from the construct. */
export function readme(source: ModuleSource): string {
  const text = readFileSync(new URL(`texts/${source.name}.md`, import.meta.url), 'utf8');
  return text.replace('{{inputs}}', inputTable(source)).replace('{{outputs}}', outputTable(source));
}

function inputTable({ inputs }: ModuleSource): string {
  const rows = Object.entries(inputs).map(([name, input]) => {
    const rule = input.rule === undefined ? '' : ` Must be ${input.rule.words}.`;
    return `| \`${snakeCase(name)}\` | \`${input.type}\` | ${fallback(input)} | ${cell(input.description + rule)} |`;
  });
  return ['| input | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function outputTable({ outputs }: ModuleSource): string {
  const rows = Object.entries(outputs).map(([name, text]) => `| \`${snakeCase(name)}\` | ${cell(text)} |`);
  return ['| output | meaning |', '|---|---|', ...rows].join('\n');
}

function fallback({ fallback: value }: Input): string {
  if (value === undefined) return '**required**';
  return value === null ? 'none' : `\`${JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
