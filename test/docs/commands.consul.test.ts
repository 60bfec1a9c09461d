import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { SandboxAws } from '../../src/sandbox/aws/server.ts';
import { addFunction } from '../../src/sandbox/aws/world.ts';
import { withWholeKeys } from '../../src/sandbox/functions.ts';
import { run } from '../support/built.ts';
import { type ConsulServer, startConsul } from '../support/consul/server.ts';
import { haproxyBinary } from '../support/haproxy/server.ts';
import { type BuiltProgram, buildProgram } from '../support/program-process.ts';
import { sandboxAws } from '../support/aws/sandbox-aws.ts';
import { type Rie, startRie } from '../support/rie/rie.ts';
import { isRunHere, pagesRun } from './command-list.ts';
import { commandsOf } from './pages.ts';
import { Shell } from './shell.ts';
import { fits } from './shown-output.ts';

let cli: BuiltProgram;
let aws: SandboxAws;
let consul: ConsulServer;
let emulator: Rie;
let haproxy: string;

beforeAll(async () => {
  vi.stubEnv('FUNCTION_NAME', 'golden-goose');
  [cli, aws, consul, emulator, haproxy] = await Promise.all([
    buildProgram('cli'),
    sandboxAws(),
    startConsul({ acl: true }),
    startExampleFunction(),
    haproxyBinary(),
  ]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([cli.remove(), aws.close(), consul.close(), emulator[Symbol.asyncDispose]()]);
});

/** What the page builds an image of, behind the emulator that such images have. */
async function startExampleFunction(): Promise<Rie> {
  const { handler } = (await import(resolve('images/proxy/function/index.mjs'))) as {
    handler: (event: unknown) => unknown;
  };
  return startRie((event) => handler(JSON.parse(event.toString())));
}

function tagged(name: string, tags: Readonly<Record<string, string>> = {}): void {
  addFunction(aws.world, name, withWholeKeys({ enabled: 'true', ...tags }));
}

const environment = (token = consul.managementToken): NodeJS.ProcessEnv => ({
  CONSUL_HTTP_ADDR: `127.0.0.1:${consul.port}`,
  CONSUL_HTTP_TOKEN: token,
  AWS_ENDPOINT_URL: aws.url,
  AWS_REGION: aws.world.region,
  AWS_ACCESS_KEY_ID: 'sandbox',
  AWS_SECRET_ACCESS_KEY: 'sandbox',
});

async function sync(): Promise<void> {
  const env = { PATH: process.env['PATH'], ...environment() };
  await run('node', [`${cli.folder}/cli/index.mjs`, 'sync', '--yes'], env);
}

const names = ['orders', 'billing', 'search', 'catalog'];
const elsewhere = { Node: 'vm-7', Address: '10.0.0.7', Service: { Service: 'payments', Port: 8080 } };

/** What is there before a command is typed; what it returns is in the environment of the command. */
const before: Readonly<Record<string, () => Promise<NodeJS.ProcessEnv | undefined>>> = {
  async 'npx lambda-registrator doctor'() {
    names.forEach((name) => tagged(name));
    const rules = 'node_prefix "" { policy = "read" } service_prefix "" { policy = "write" }';
    return environment(await consul.createToken(rules));
  },
  async 'npx lambda-registrator plan'() {
    await sync();
    tagged('billing', { 'invocation-mode': 'ASYNCHRONOUS', 'service-tags': 'team-finance' });
    tagged('recommendations');
    tagged('payments');
    aws.world.functions.delete('search');
    await consul.ok('PUT', '/v1/catalog/register', elsewhere);
    return undefined;
  },
};

/** What a page's commands find in the environment, and the ports that are not just any. */
interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly ports?: Readonly<Record<number, number>>;
}
const surroundings: Readonly<Record<(typeof pagesRun)[number], () => Surroundings>> = {
  'docs/registrator.md': () => ({ env: environment() }),
  'docs/registry.md': () => ({}),
  'docs/proxy.md': () => ({ ports: { 9000: Number(new URL(emulator.url).port) } }),
  'docs/agent.md': () => ({}),
};

it.each(pagesRun)('%s shows what its commands say', async (page) => {
  const { env, ports = {} } = surroundings[page]();
  const shell = await Shell.open({
    page,
    cli: `${cli.folder}/cli/index.mjs`,
    env: { HAPROXY_BIN: resolve(haproxy), ...env },
    ports,
  });
  try {
    for (const shown of commandsOf(page).filter(isRunHere)) {
      const said = await shell.type(shown, await before[shown.command]?.());
      const seen = fits(said, shown.output) ? shown.output : said;
      expect([shown.command, ...seen]).toEqual([shown.command, ...shown.output]);
    }
  } finally {
    await shell.close();
  }
});
