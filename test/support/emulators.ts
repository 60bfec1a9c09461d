import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { emulatorPath, emulatorsInstalled } from '../../scripts/setup/emulators.ts';
import { authorizationFor } from './emulator-calls.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { account, region } from './sandbox-aws.ts';
import { waitUntil } from './wait-until.ts';

/** An independent AWS emulator on the loopback address; `await using` stops it. */
export interface RunningEmulator extends AsyncDisposable {
  readonly url: string;
  /** What it wrote to standard output and error so far. */
  output(): string;
}

/** moto checks that roles exist, so that of the contract suite is made first. */
export async function startMoto(): Promise<RunningEmulator> {
  const [port = 0] = await freePorts(1);
  const args = ['-H', '127.0.0.1', '-p', String(port)];
  const emulator = await startEmulator('moto_server', args, {}, port, '/moto-api/');
  await createRole(emulator.url, 'contract');
  return emulator;
}

/** Its other listeners are switched off: they would take connections from other machines. */
export async function startMinistack(environment: Record<string, string> = {}): Promise<RunningEmulator> {
  const [port = 0] = await freePorts(1);
  const settings = {
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_HOST: 'localhost',
    MINISTACK_REGION: region,
    MINISTACK_ACCOUNT_ID: account,
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    ...environment,
  };
  return startEmulator('ministack', [], settings, port, '/_ministack/ready');
}

async function startEmulator(
  name: 'moto_server' | 'ministack',
  args: string[],
  settings: Record<string, string>,
  port: number,
  readyPath: string,
): Promise<RunningEmulator> {
  if (!emulatorsInstalled()) {
    throw new Error(
      'The AWS emulators are not installed: run `npm run test:contract`, which installs them (Python 3.10 or newer).',
    );
  }
  const environment = { ...process.env, ...settings, PYTHONUNBUFFERED: '1' };
  const child = spawn(emulatorPath(name), args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const output = (): string => Buffer.concat(chunks).toString();
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const stop = async (): Promise<void> => {
    process.off('exit', killNow);
    await end(child);
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitUntil(`${name} to listen or to end`, async () => {
      return child.exitCode !== null || (await fetch(`${url}${readyPath}`)).ok;
    });
    if (child.exitCode !== null) throw new Error(`${name} ended with status ${child.exitCode}:\n${output()}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, output, [Symbol.asyncDispose]: stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(impatient);
}

/** IAM, for this one call, speaks as forms. */
async function createRole(url: string, RoleName: string): Promise<void> {
  const form = { Action: 'CreateRole', Version: '2010-05-08', RoleName, AssumeRolePolicyDocument: '{}' };
  const headers = { authorization: authorizationFor('iam') };
  const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) });
  if (!response.ok) throw new Error(`the role could not be created: ${await response.text()}`);
}
