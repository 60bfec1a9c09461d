import type { Command } from 'commander';
import { AppError, messageOf } from '../../core/errors.ts';
import { checkConfiguration } from '../../haproxy-process/check.ts';
import { readProxyConfig } from '../../registry/config.ts';
import { renderPayload } from '../../registry/render-payload.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { type JsonOption, jsonOption } from '../json.ts';
import { haproxyIn } from '../haproxy.ts';
import { readText } from '../text-file.ts';

interface RenderOptions extends JsonOption {
  check: boolean;
}

export function addRender(program: Command, context: Context): void {
  const command = program
    .command('render')
    .description('print the HAProxy configuration for one payload, without a registry')
    .argument('<payload.json>', "the registry's payload; - reads standard input")
    .addOption(jsonOption('the file and the conflicts of its routes'))
    .option('--no-check', 'do not ask HAProxy whether it accepts the result');
  withHelp(command, {
    exit: {
      0: 'done',
      65: 'the payload is invalid',
      66: 'the file cannot be read',
      70: 'HAProxy refuses the result',
    },
    examples: [
      'lambda-registrator render payload.json > haproxy.cfg',
      'lambda-registrator render payload.json --json | jq .conflicts',
    ],
  }).action(async (file: string, options: RenderOptions) => render(context, file, options));
}

async function render(
  { terminal, env }: Context,
  file: string,
  { check, json }: RenderOptions,
): Promise<void> {
  const { config, conflicts } = renderPayload(parsed(file, await readText(file)), readProxyConfig(env));
  for (const { serviceName, route, heldBy } of conflicts) {
    terminal.note(`warning: ${serviceName} is left out of ${route}, which ${heldBy} has`);
  }
  terminal.print(json ? JSON.stringify({ config, conflicts }) : config.trimEnd());
  const bin = check ? await haproxyIn(env) : undefined;
  if (bin === undefined) return;
  terminal.progress('Asking HAProxy whether it accepts it…');
  const { valid, errors } = await checkConfiguration(bin, config);
  if (!valid) throw new AppError('CHECK_FAILED', `HAProxy refuses it:\n${errors.join('\n')}`);
}

function parsed(file: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new AppError('PAYLOAD_INVALID', `${file} is not JSON: ${messageOf(cause)}`, { cause });
  }
}
