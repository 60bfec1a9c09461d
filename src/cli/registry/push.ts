import { type Command, Option } from 'commander';
import type { Environment } from '../../config/options.ts';
import { systemClock } from '../../core/clock.ts';
import { deadlineIn } from '../../core/deadline.ts';
import { AppError } from '../../core/errors.ts';
import { systemRandom } from '../../core/random.ts';
import { Secret } from '../../core/secret.ts';
import { iamAuthentication, regionOf } from '../../daemon/registry-authentication.ts';
import { type Applied, applyConfiguration, readConfiguration } from '../../haproxy-process/config-file.ts';
import { reloadByCommand, reloadByMaster } from '../../haproxy-process/reload.ts';
import { type Authentication, generateAddress, postPayload } from '../../registry-client/client.ts';
import { programs, requireProgram } from '../../local/binaries.ts';
import type { Context } from '../context.ts';
import { withHelp } from '../help.ts';
import { type JsonOption, jsonOption } from '../json.ts';
import { readText } from '../text-file.ts';

interface PushOptions extends JsonOption {
  url: URL;
  auth?: 'iam' | 'bearer' | 'none';
  tokenFile?: string;
  region?: string;
  config?: string;
  masterSocket?: string;
  reload?: string;
}

const patienceMs = 90_000;

export function addPush(registry: Command, context: Context): void {
  const command = registry
    .command('push')
    .description('post a payload to a registry, and bring the configuration that it answers into use')
    .argument('<payload.json>', 'what runs here; - reads standard input')
    .requiredOption('--url <url>', 'the registry, with or without /generate', registryUrl)
    .addOption(
      new Option('--auth <kind>', 'default: iam at AWS, bearer with --token-file, else none').choices([
        'iam',
        'bearer',
        'none',
      ]),
    )
    .option('--token-file <file>', 'file that holds the bearer token')
    .option('--region <region>', "for the signature (default: the host name's, else AWS_REGION)")
    .option('--config <file>', "HAProxy's configuration (default: print it)")
    .option('--master-socket <path>', 'reload through this socket of a HAProxy that runs with -W -S')
    .option('--reload <command>', 'reload by this command, such as "systemctl reload haproxy"')
    .addOption(jsonOption('the outcome'));
  withHelp(command, {
    notes:
      'The file is replaced after `haproxy -c` only, and put back when the reload fails. Without --reload and --master-socket it is written alone, and the next push with one of them reloads.',
    exit: {
      0: 'done',
      65: 'the registry refuses the payload',
      66: 'a file cannot be read',
      69: 'the registry is away',
      70: 'HAProxy refuses the file, or could not be reloaded',
      77: 'the registry denies it',
    },
    examples: [
      'lambda-registrator registry push payload.json --url http://127.0.0.1:8080',
      'lambda-registrator registry push payload.json --url https://registry.example.com/generate \\\n      --config /etc/haproxy/haproxy.cfg --reload "systemctl reload haproxy"',
    ],
  }).action(async (file: string, options: PushOptions) => push(context, file, options));
}

async function push({ terminal, env }: Context, file: string, options: PushOptions): Promise<void> {
  const authentication = await authenticationFor(options, env);
  const client = { url: options.url, authentication, random: systemRandom };
  const target = options.config === undefined ? undefined : await targetFor(options.config, options, env);
  const known = target && (await readConfiguration(target.file));
  const payload = await readText(file);
  terminal.progress(`Asking ${options.url.host}…`);
  const config = await postPayload(client, payload, known, deadlineIn(systemClock, patienceMs));
  if (!target) {
    terminal.print(options.json ? JSON.stringify({ config }) : config.trimEnd());
    return;
  }
  terminal.progress(`Bringing ${target.file} into use…`);
  const applied = await applyConfiguration(target, config);
  if (options.json) terminal.print(JSON.stringify({ ...applied, file: target.file }));
  else terminal.note(outcomeText(target.file, applied));
}

function outcomeText(file: string, { changed, inUse }: Applied): string {
  if (inUse) return changed ? `${file} is in use.` : 'Nothing changed.';
  const advice = 'reload it, or let it be reloaded by --reload or --master-socket';
  return `${file} is written, HAProxy not reloaded: ${advice}.`;
}

async function targetFor(file: string, { masterSocket, reload }: PushOptions, env: Environment) {
  const bin = await requireProgram(programs.haproxy, { environment: env, cache: '.cache' });
  if (masterSocket === undefined && reload === undefined) return { file, bin };
  return {
    file,
    bin,
    async reload() {
      if (masterSocket !== undefined) await reloadByMaster(masterSocket);
      if (reload !== undefined) await reloadByCommand(reload);
    },
  };
}

async function authenticationFor(options: PushOptions, env: Environment): Promise<Authentication> {
  const { url, tokenFile } = options;
  const atAws = /\.(amazonaws\.com(\.cn)?|on\.aws)$/.test(url.hostname);
  const kind = options.auth ?? (tokenFile !== undefined ? 'bearer' : atAws ? 'iam' : 'none');
  if (kind === 'none') return { kind };
  if (kind === 'bearer') return { kind, token: await readToken(tokenFile, url) };
  const region = options.region ?? regionOf(url) ?? env['AWS_REGION'];
  if (region === undefined)
    throw new AppError('USAGE', 'Say which region to sign for: --region or AWS_REGION.');
  return iamAuthentication(region);
}

async function readToken(file: string | undefined, url: URL): Promise<Secret> {
  if (file === undefined) throw new AppError('USAGE', 'A bearer token comes from a file: add --token-file.');
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !local) {
    throw new AppError('USAGE', 'A bearer token is sent over https alone.');
  }
  return new Secret((await readText(file)).trim());
}

/** Messages of commander would show the value, which may hold a password. */
function registryUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new AppError('USAGE', 'The registry of --url must be a URL that begins with http:// or https://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('USAGE', 'The registry of --url must be without user and password: see --auth.');
  }
  return generateAddress(url);
}
