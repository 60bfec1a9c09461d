import type { Command } from 'commander';
import { type AppError, isAppError } from '../../core/errors.ts';
import { readProxyConfig } from '../../proxy/config.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { type JsonOption, jsonOption } from '../json.ts';
import { readText } from '../text-file.ts';
import { configJson, configText } from './routes-text.ts';

export function addCheck(proxy: Command, context: Context): void {
  const command = proxy
    .command('check')
    .description("say what is wrong with a proxy's file, and show its routes")
    .argument('<lrp.yaml>', 'the file; - reads standard input')
    .addOption(jsonOption('routes, warnings and problems'));
  withHelp(command, {
    notes: 'Warnings go to standard error.',
    exit: {
      0: 'the proxy would start with it',
      66: 'the file cannot be read',
      78: 'it holds what the proxy does not take',
    },
    examples: [
      'lambda-registrator proxy check lrp.yaml',
      "lambda-registrator proxy check lrp.yaml --json | jq '.routes[].hostname'",
    ],
  }).action(async (file: string, options: JsonOption) => check(context, file, options));
}

async function check({ terminal, env }: Context, file: string, { json }: JsonOption): Promise<void> {
  const text = await readText(file);
  try {
    const { config, warnings } = readProxyConfig(text, file, env);
    for (const warning of warnings) terminal.note(`warning: ${warning}`);
    terminal.print(
      json ? JSON.stringify({ valid: true, ...configJson(config), warnings }) : configText(config),
    );
  } catch (error) {
    if (json && isAppError(error, 'CONFIG_INVALID')) terminal.print(JSON.stringify(problemsJson(error)));
    throw error;
  }
}

function problemsJson({ details }: AppError): object {
  return { valid: false, problems: details['problems'], warnings: details['warnings'] ?? [] };
}
