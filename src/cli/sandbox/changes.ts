import { type Command, InvalidArgumentError } from 'commander';
import { AppError, isAppError, messageOf } from '../../core/errors.ts';
import { createSandboxFunctions, type SandboxFunctions } from '../../sandbox/functions.ts';
import { findSandbox } from '../../sandbox/state-file.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';

/** Commands that change functions of the sandbox that runs in another terminal, which then shows what came of it. */
export function addSandboxChanges(sandbox: Command, { terminal }: Context): void {
  const tags = 'tags as key=value; the prefix of keys without a slash is added';
  const change = async (
    done: string,
    make: (functions: SandboxFunctions) => Promise<void>,
  ): Promise<void> => {
    await changeFunctions(make);
    terminal.print(`${done}. The sandbox's terminal shows what came of it.`);
  };
  const help = (command: Command, ...examples: [string, ...string[]]): Command =>
    withHelp(command, { exit, examples });
  help(
    sandbox
      .command('create')
      .description(
        'create a function, which echoes what it is asked; tagged enabled=true unless tags are given',
      )
      .argument('<name>', 'of the function', functionName)
      .argument('[tag...]', tags)
      .action((name: string, given: string[]) =>
        change(`Created ${name}`, (functions) => functions.create(name, tagsFrom(given))),
      ),
    'lambda-registrator sandbox create mails',
    'lambda-registrator sandbox create mails enabled=true route-host=mails.example.com',
  );
  help(
    sandbox
      .command('tag')
      .description('tag a function; enabled=true unless tags are given')
      .argument('<name>', 'of the function', functionName)
      .argument('[tag...]', tags)
      .action((name: string, given: string[]) =>
        change(`Tagged ${name}`, (functions) => functions.tag(name, tagsFrom(given))),
      ),
    'lambda-registrator sandbox tag reports',
    'lambda-registrator sandbox tag checkout aliases=live+beta',
  );
  help(
    sandbox
      .command('untag')
      .description('remove tags of a function')
      .argument('<name>', 'of the function', functionName)
      .argument('[key...]', 'keys; the prefix of keys without a slash is added', ['enabled'])
      .action((name: string, keys: string[]) =>
        change(`Untagged ${name}`, (functions) => functions.untag(name, keys)),
      ),
    'lambda-registrator sandbox untag orders',
  );
  help(
    sandbox
      .command('delete')
      .description('delete a function')
      .argument('<name>', 'of the function', functionName)
      .action((name: string) => change(`Deleted ${name}`, (functions) => functions.remove(name))),
    'lambda-registrator sandbox delete billing',
  );
}

const exit = {
  0: 'done',
  64: 'the command line is wrong, or no sandbox runs',
  69: 'the sandbox refuses it, as where there is no such function',
};

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (FunctionName) */
function functionName(value: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(value)) return value;
  throw new InvalidArgumentError('Functions are called by 1 to 64 letters, digits, - and _.');
}

function tagsFrom(given: readonly string[]): Record<string, string> {
  if (given.length === 0) return { enabled: 'true' };
  const tags = given.map((text) => {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
    if (key === undefined || value === undefined) throw new AppError('USAGE', `${text} is not key=value.`);
    return [key, value];
  });
  return Object.fromEntries(tags);
}

async function changeFunctions(make: (functions: SandboxFunctions) => Promise<void>): Promise<void> {
  const functions = createSandboxFunctions(await findSandbox());
  try {
    await make(functions);
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw new AppError('UPSTREAM_REJECTED', `The sandbox refused: ${messageOf(cause)}`, { cause });
  } finally {
    functions.close();
  }
}
