import { emulatorPath, emulatorsInstalled } from '../../../scripts/setup/emulators.ts';
import { type ServerProcess, startServerProcess } from '../../../src/local/server-process.ts';
import { authorizationFor } from './emulator-calls.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { account, region } from './sandbox-aws.ts';

/** An independent AWS emulator on the loopback address; `await using` stops it. */
export interface RunningEmulator extends Pick<ServerProcess, 'output'>, AsyncDisposable {
  readonly url: string;
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
  const url = `http://127.0.0.1:${port}`;
  const emulator = await startServerProcess({
    name,
    binary: emulatorPath(name),
    args,
    environment: { ...process.env, ...settings, PYTHONUNBUFFERED: '1' },
    isReady: async () => (await fetch(`${url}${readyPath}`)).ok,
    startsWithinMs: 30_000,
    endedBy: 'SIGTERM',
  });
  return { ...emulator, url };
}

/** IAM, for this one call, speaks as forms. */
async function createRole(url: string, RoleName: string): Promise<void> {
  const form = { Action: 'CreateRole', Version: '2010-05-08', RoleName, AssumeRolePolicyDocument: '{}' };
  const headers = { authorization: authorizationFor('iam') };
  const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) });
  if (!response.ok) throw new Error(`the role could not be created: ${await response.text()}`);
}
