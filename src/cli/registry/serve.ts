import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AwsTarget } from '../../aws/client.ts';
import { createLogger } from '../../core/logger.ts';
import { type Endpoint, checkBind, endpointText, isLoopback } from '../../core/network/addresses.ts';
import { checkConfiguration } from '../../haproxy-process/check.ts';
import { composeRegistry } from '../../registry/compose.ts';
import { readRegistryConfig, registryOptions } from '../../registry/config.ts';
import { startRegistryServer } from '../../registry/server.ts';
import { createRegistryTable, startDynamo } from '../../local/dynamodb.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { exitCodes } from '../exit-code.ts';
import { haproxyIn } from '../haproxy.ts';
import { catchInterruption, untilAborted } from '../../daemon/interruption.ts';

interface ServeOptions {
  table?: string;
  listen: Endpoint;
  embedded: boolean;
  data: string;
}

export function addServe(registry: Command, context: Context): void {
  const command = registry
    .command('serve')
    .description('run the registry as a local HTTP server, on DynamoDB or an embedded one')
    .option('--table <name>', 'the DynamoDB table (default: TABLE_NAME)', tableName)
    .addOption(
      new Option('--listen <address:port>', 'where to listen; anybody who reaches it may write')
        .argParser(listenAddress)
        .default({ address: '127.0.0.1', port: 8080 }, '127.0.0.1:8080'),
    )
    .option('--embedded', 'keep the table in a folder here in place of DynamoDB', false)
    .option('--data <folder>', 'that folder', '.lambda-registry');
  withHelp(command, {
    notes: 'The environment variables of the Lambda function apply here too.',
    exit: { 0: 'ended by a signal', 1: 'it cannot listen', 69: 'DynamoDB is away', 78: 'a bad setting' },
    examples: [
      'lambda-registrator registry serve --embedded --table demo',
      'lambda-registrator registry serve --table haproxy-services --listen 0.0.0.0:8080',
    ],
  }).action(async (options: ServeOptions) => context.exit(await serve(context, options)));
}

/** Serves until it is interrupted. */
async function serve({ terminal, env }: Context, options: ServeOptions): Promise<number> {
  const config = readRegistryConfig({
    ...env,
    ...(options.table === undefined ? {} : { TABLE_NAME: options.table }),
  });
  const interruption = catchInterruption();
  try {
    await using dynamo = options.embedded ? await startDynamo(options.data) : undefined;
    const target: AwsTarget = dynamo?.target ?? {};
    if (dynamo) await createRegistryTable(target, config.tableName);
    const logger = createLogger(config.logLevel, { program: 'registry' });
    const bin = await haproxyIn(env);
    const app = composeRegistry(config, logger, {
      target,
      ...(bin === undefined ? {} : { check: checkBy(bin) }),
    });
    await using server = await startRegistryServer(app, options.listen, config.basePath);
    const listening = endpointText({ ...options.listen, port: server.port });
    terminal.note(`The registry listens on ${listening}.`);
    if (!isLoopback(options.listen.address)) {
      terminal.note('warning: whoever reaches this address may change the configuration.');
    }
    if (bin === undefined) terminal.note('HAProxy was not found, so nothing checks the configurations.');
    await untilAborted(interruption.signal);
    return exitCodes.ok;
  } finally {
    interruption.ignore();
  }
}

function checkBy(bin: string): (text: string) => Promise<readonly string[]> {
  return async (text) => (await checkConfiguration(bin, text)).errors;
}

function listenAddress(value: string): Endpoint {
  const result = checkBind(value.replace(/:0$/, ':1'));
  if (!result.ok) throw new InvalidArgumentError(`It ${result.problem}.`);
  return value.endsWith(':0') ? { ...result.value, port: 0 } : result.value;
}

function tableName(value: string): string {
  const { error } = registryOptions.tableName.schema.safeParse(value);
  if (error) throw new InvalidArgumentError(`It ${error.issues.map(({ message }) => message).join('; ')}.`);
  return value;
}
