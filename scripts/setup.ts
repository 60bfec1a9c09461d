import { parseArgs } from 'node:util';
import { type Program, programs } from '../src/local/binaries.ts';
import { ensureProgram } from './setup/install.ts';
import { createTerminal } from './setup/terminal.ts';

const usage =
  'usage: setup [--quiet] [--optional NAME]... [NAME]...   with NAME consul or haproxy; both without one';

/** Known to work with everything here; newer ones on PATH or in CONSUL_BIN are used as they are. */
const consulVersion = '1.22.5';

const terminal = createTerminal(process.stderr);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quiet: { type: 'boolean', default: false },
    optional: { type: 'string', multiple: true, default: [] },
  },
});
const isNamed = values.optional.length + positionals.length > 0;
const required = isNamed ? positionals : Object.keys(programs);

for (const name of [...required, ...values.optional]) {
  const problem = await ensureProgram({
    program: programNamed(name),
    places: { environment: process.env, cache: '.cache' },
    release: name === 'consul' ? consulRelease() : undefined,
    terminal,
    quiet: values.quiet,
  });
  if (problem === undefined) continue;
  terminal.say(problem);
  if (required.includes(name)) process.exitCode = 1;
}

function consulRelease() {
  const { platform, arch: architecture } = process;
  return { site: 'https://releases.hashicorp.com', version: consulVersion, platform, architecture };
}

function programNamed(name: string): Program {
  const program = Object.values(programs).find((program) => program.name === name);
  if (program) return program;
  terminal.say(usage);
  return process.exit(64);
}
