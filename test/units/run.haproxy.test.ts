import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { haproxyBinary } from '../support/haproxy/server.ts';
import {
  type BuiltProgram,
  buildProgram,
  type ProgramProcess,
  startCommand,
} from '../support/program-process.ts';
import { commandOf, readUnit, type UnitFile } from '../support/installation/unit-file.ts';
import { waitUntil } from '../support/wait-until.ts';

let cli: BuiltProgram;
/** Stands for `/`, with the command line where `npm install --global --prefix /opt/lambda-registrator` has it. */
let root: string;

beforeAll(async () => {
  cli = await buildProgram('cli');
});
afterAll(() => cli.remove());

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'unit-'));
  for (const folder of ['opt/lambda-registrator/bin', 'etc/lambda-registrator', 'run/haproxy', 'var/lib']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  symlinkSync(
    resolve(cli.folder, 'cli/index.mjs'),
    join(root, 'opt/lambda-registrator/bin/lambda-registrator'),
  );
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

/** Starts what a unit starts, as systemd would but for the user and the walls. */
function start(
  unit: UnitFile,
  env: Record<string, string> = {},
  change = (words: string[]) => words,
): ProgramProcess {
  const state = unit.last('StateDirectory');
  if (state !== undefined) mkdirSync(join(root, 'var/lib', state), { recursive: true, mode: 0o700 });
  const words = commandOf(unit).map((word) =>
    /^\/(opt|etc|var|run)\//.test(word) ? join(root, word) : word,
  );
  const own = state === undefined ? {} : { STATE_DIRECTORY: join(root, 'var/lib', state) };
  return startCommand(change(words), { env: { ...own, ...env } });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function answers(url: string, status: number): Promise<true> {
  return waitUntil(`${status} of ${url}`, async () => {
    const answer = await fetch(url).catch(() => undefined);
    return answer?.status === status || undefined;
  });
}

it('runs the proxy', async () => {
  const [port = 0] = await freePorts(1);
  const fileOf = (prefix: string) => `host: 127.0.0.1\nport: ${port}\ninternal_routes: ${prefix}\n`;
  write('etc/lambda-registrator/lrp.yaml', fileOf('true'));
  const { child, ended } = start(readUnit('units/lambda-proxy.service'));
  await answers(`http://127.0.0.1:${port}/healthz`, 200);
  write('etc/lambda-registrator/lrp.yaml', fileOf('false'));
  child.kill('SIGHUP');
  await answers(`http://127.0.0.1:${port}/healthz`, 404);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

it('runs the registry, here with the embedded table', async () => {
  const [port = 0] = await freePorts(1);
  const { child, ended } = start(
    readUnit('units/lambda-registry.service'),
    { TABLE_NAME: 'prod' },
    (words) => [...words.map((word) => word.replace(':8080', `:${port}`)), '--embedded'],
  );
  await answers(`http://127.0.0.1:${port}/healthz`, 200);
  expect(existsSync(join(root, 'var/lib/lambda-registry/dynamodb'))).toBe(true);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

/** The agent's file, for a HAProxy on these ports that serves one host without a server. */
async function writeAgentFile(haproxy: string) {
  const [port = 0, health = 0] = await freePorts(2);
  write(
    'etc/lambda-registrator/services.yaml',
    'services: [{ name: a, routes: [{ host: 127.0.0.1 }], servers: [{ address: 127.0.0.1, port: 9 }] }]\n',
  );
  write(
    'etc/lambda-registrator/agent.yaml',
    `bind: ["127.0.0.1:${port}"]
health: { bind: "127.0.0.1:${health}" }
sources: { file: { path: ${root}/etc/lambda-registrator/services.yaml } }
haproxy: { bin: ${resolve(await haproxyBinary())}, log: off, ${haproxy} }
`,
  );
  return { url: `http://127.0.0.1:${port}`, health: `http://127.0.0.1:${health}` };
}

it('runs the agent with HAProxy as its child', async () => {
  const { url, health } = await writeAgentFile('mode: start');
  const { child, ended } = start(readUnit('units/lambda-agent.service'));
  await answers(`${health}/readyz`, 200);
  child.kill('SIGHUP');
  await answers(url, 503);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

/** Debian's unit, where `npm run setup` has unpacked it, else what matters of it. */
function haproxyUnit(): string {
  const unpacked = '.cache/debian/haproxy/root/lib/systemd/system/haproxy.service';
  if (existsSync(unpacked)) return unpacked;
  write('haproxy.service', 'ExecStart=/usr/sbin/haproxy -Ws -f $CONFIG -p $PIDFILE $EXTRAOPTS\n');
  return join(root, 'haproxy.service');
}

it("drives Debian's HAProxy, which outlives it", async () => {
  const { url, health } = await writeAgentFile(`mode: drive, master_socket: ${root}/run/haproxy/master.sock`);
  write('var/lib/lambda-registrator/haproxy.cfg', readFileSync('units/first.cfg', 'utf8'));
  const bin = await haproxyBinary();
  const haproxy = start(readUnit(haproxyUnit(), 'units/haproxy.service.d/agent.conf'), {}, (words) =>
    words.map((word) => (word === '/usr/sbin/haproxy' ? bin : word)),
  );
  await waitUntil('its master socket', () => existsSync(join(root, 'run/haproxy/master.sock')) || undefined);
  const unit = readUnit('units/lambda-agent.service', 'units/lambda-agent.service.d/drive.conf');
  const { child, ended } = start(unit);
  await answers(`${health}/readyz`, 200);
  await answers(url, 503);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  await answers(url, 503);
  haproxy.child.kill('SIGTERM');
  // As its unit says: SuccessExitStatus=143.
  expect([0, 143]).toContain(await haproxy.ended);
});
