import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startServerProcess } from '../../../src/local/server-process.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { type FunctionOfTest, serveFunction } from './function-of-test.ts';

/** The emulator of AWS, where somebody has built it; without it the checks run against the stand-in alone. */
export const realRie = process.env['RIE_BIN'];

export interface RieOptions {
  /** Which emulator: the stand-in as builds of today are, as those until 2023 were, or the one that RIE_BIN names. */
  readonly build?: 'current' | 'old' | 'real';
  /** After which a function is ended. */
  readonly timeoutSeconds?: number;
}

/** One emulator in a process of its own; `await using` ends it. */
export interface Rie extends AsyncDisposable {
  /** As routes name it in `endpoint`. */
  readonly url: string;
  /** Whether it still takes connections. */
  isUp(): Promise<boolean>;
  /** Starts it once more at the same port, after it ended. */
  restart(): Promise<void>;
  /** Ends it at once, as a crash of its host would. */
  kill(): Promise<void>;
}

/** Starts an emulator whose function runs in this process, so that a test sees each event and decides about its answer. */
export async function startRie(run: FunctionOfTest, options: RieOptions = {}): Promise<Rie> {
  const { build = 'current', timeoutSeconds = 60 } = options;
  const [port = 0, apiPort = 0] = await freePorts(2);
  const served = await serveFunction(run);
  const [binary, ...args] = commandLine({ build, port, apiPort, functionUrl: served.url });
  const start = (): ReturnType<typeof startServerProcess> =>
    startServerProcess({
      name: 'the emulator',
      binary,
      args,
      environment: { ...process.env, AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutSeconds) },
      isReady: () => connects(port),
      startsWithinMs: 30_000,
      // The real one ends its runtime first.
      endedBy: 'SIGTERM',
    });
  let running = await start();
  return {
    url: `http://127.0.0.1:${port}`,
    isUp: () => connects(port),
    restart: async () => {
      await running.end();
      running = await start();
    },
    kill: () => running.end('SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      await running.end();
      await served[Symbol.asyncDispose]();
    },
  };
}

interface Places {
  readonly build: 'current' | 'old' | 'real';
  readonly port: number;
  readonly apiPort: number;
  readonly functionUrl: string;
}

function commandLine({ build, port, apiPort, functionUrl }: Places): [string, ...string[]] {
  const script = (name: string): string[] => [
    '--import',
    'tsx',
    fileURLToPath(new URL(name, import.meta.url)),
  ];
  if (build !== 'real')
    return [process.execPath, ...script('stub-process.ts'), String(port), functionUrl, build];
  const addresses = ['--runtime-interface-emulator-address', `127.0.0.1:${port}`];
  const runtime = ['--runtime-api-address', `127.0.0.1:${apiPort}`, process.execPath];
  return [realRie ?? 'RIE_BIN', ...addresses, ...runtime, ...script('runtime-process.ts'), functionUrl];
}

function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
