import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { nearestWord } from '../config/nearest.ts';

/** Lets `command`, which has subcommands, take a file too; {@link fileOf} reads it. */
export function withFile(command: Command, name: string, description: string): Command {
  return command.argument(`[${name}]`, description).allowExcessArguments();
}

/**
 * The file that a command was given, if any.
 * @throws CommanderError for words too many, and for one that looks like a mistyped subcommand, which there is no file of
 */
export function fileOf(command: Command): string | undefined {
  const [file, ...others] = command.args;
  if (file === undefined) return undefined;
  const meant = nearestWord(
    file,
    command.commands.map((one) => one.name()),
  );
  if (meant !== undefined && !existsSync(file))
    command.error(`error: unknown command '${file}'\n(Did you mean ${meant}?)`);
  if (others.length > 0)
    command.error(
      `error: too many arguments for '${command.name()}'. Expected 1 argument but got ${command.args.length}.`,
    );
  return file;
}
