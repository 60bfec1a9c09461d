import { readdirSync, readFileSync } from 'node:fs';

/** A fenced block of a page. */
interface Block {
  readonly language: string;
  readonly lines: readonly string[];
}

/** A command that a page shows to be typed. */
export interface ShownCommand {
  readonly page: string;
  /** As it is typed, with the lines that continue it. */
  readonly command: string;
  /** What the page shows it to say, where it shows anything; lines of `…` stand for what is left out. */
  readonly output: readonly string[];
}

const markdownIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

/** Every page for users and contributors. */
export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'src/README.md',
  'images/README.md',
  'units/README.md',
  'infra/README.md',
  ...markdownIn('docs'),
  ...markdownIn('infra/module/texts'),
];

/** The fenced blocks of a text, in their order. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^( *)```(\w*)\n([^]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', body = '']) => ({
      language,
      lines: body
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(indent.length)),
    }),
  );
}

/** A text without its fenced blocks. */
export function proseOf(text: string): string {
  return text.replaceAll(/^( *)```\w*\n[^]*?^\1```$/gm, '');
}

/** Every command of a page: lines after `$ ` of `console` blocks and of helps, and all lines of `sh` blocks. */
export function commandsOf(page: string): ShownCommand[] {
  return blocksOf(readFileSync(page, 'utf8')).flatMap(({ language, lines }) => {
    if (language === 'console') return typed(page, lines);
    if (language === 'sh') return typed(page, lines.filter((line) => !/^(#|$)/.test(line)).map(asTyped));
    return typed(
      page,
      lines.filter((line) => /^ {2}(\$| {4})/.test(line)).map((line) => line.slice(2)),
    );
  });
}

/** Lines of scripts are typed but for those that continue others, which stand farther in. */
function asTyped(line: string): string {
  return line.startsWith(' ') ? line : `$ ${line}`;
}

/** The demonstration says which commands it stands for, which nobody types. */
const demonstration = '$ npm run demo';

function typed(page: string, lines: readonly string[]): ShownCommand[] {
  const [first = '', ...said] = lines;
  if (first.startsWith(`${demonstration} `)) return [{ page, command: first.slice(2), output: said }];
  const commands: { page: string; command: string; output: string[] }[] = [];
  for (const line of lines) {
    const last = commands.at(-1);
    if (line.startsWith('$ ')) commands.push({ page, command: line.slice(2), output: [] });
    else if (last?.output.length === 0 && last.command.endsWith('\\')) last.command += `\n${line}`;
    else last?.output.push(line);
  }
  return commands;
}

/** Files that a page shows whole, by name: YAML that begins with its name, and what `cat` is shown to print. */
export function filesOf(page: string): ReadonlyMap<string, string> {
  const named = blocksOf(readFileSync(page, 'utf8')).flatMap(({ lines: [first = '', ...lines] }) => {
    const name = /^# (\w+\.yaml)$/.exec(first)?.[1];
    return name === undefined ? [] : [[name, lines] as const];
  });
  const printed = commandsOf(page).flatMap(({ command, output }) => {
    const name = /^cat ([\w.]+)$/.exec(command)?.[1];
    return name === undefined ? [] : [[name, output] as const];
  });
  return new Map([...named, ...printed].map(([name, lines]) => [name, `${lines.join('\n')}\n`]));
}

/** Words in the prose of a page that name a command of this project, such as `lambda-registrator doctor`. */
export function mentionsOf(page: string): string[] {
  const text = proseOf(readFileSync(page, 'utf8'));
  return [...text.matchAll(/`((?:npx )?lambda-registrator [a-z][^`]*|npm (?:run [^`]+|test))`/g)].map(
    ([, command = '']) => command.replaceAll('\n', ' '),
  );
}
