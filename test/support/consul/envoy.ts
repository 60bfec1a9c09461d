import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { programs, requireProgram } from '../../../src/local/binaries.ts';
import { startServerProcess } from '../../../src/local/server-process.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import type { ConsulServer } from './server.ts';

/** The Envoy to test with: nothing brings one, so that it must be named. */
export const envoyBinary = process.env['ENVOY_BIN'];

export interface Envoy {
  /** What Consul has it do, as JSON. */
  configuration(): Promise<string>;
  close(): Promise<void>;
}

/** Registers a terminating gateway with a Consul that has a port for Envoys, and starts its Envoy. Close it in the end. */
export async function startTerminatingGateway(
  binary: string,
  consul: ConsulServer,
  name: string,
): Promise<Envoy> {
  const [listener, admin] = await freePorts(2);
  const folder = await mkdtemp(path.join(tmpdir(), 'envoy-'));
  const service = { Kind: 'terminating-gateway', Name: name, ID: name, Address: consul.host, Port: listener };
  await consul.ok('PUT', '/v1/agent/service/register', service);
  const file = path.join(folder, 'bootstrap.json');
  await writeFile(file, await bootstrap(consul, name, `${consul.host}:${admin}`));
  const url = `http://${consul.host}:${admin}`;
  const server = await startServerProcess({
    name: 'Envoy',
    binary,
    args: ['-c', file, '--use-dynamic-base-id', '--log-level', 'error'],
    isReady: async () => (await fetch(`${url}/server_info`)).ok,
    startsWithinMs: 30_000,
    endedBy: 'SIGKILL',
  });
  return {
    configuration: async () => (await fetch(`${url}/config_dump`)).text(),
    close: async () => {
      await server.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** https://developer.hashicorp.com/consul/commands/connect/envoy */
async function bootstrap(consul: ConsulServer, name: string, admin: string): Promise<string> {
  const binary = await requireProgram(programs.consul, { environment: process.env, cache: '.cache' });
  const args = [
    '-gateway=terminating',
    '-service',
    name,
    '-proxy-id',
    name,
    '-admin-bind',
    admin,
    '-bootstrap',
  ];
  const environment = {
    CONSUL_HTTP_ADDR: `${consul.host}:${consul.port}`,
    CONSUL_GRPC_ADDR: `${consul.host}:${consul.grpc}`,
  };
  const { stdout } = await promisify(execFile)(binary, ['connect', 'envoy', ...args], { env: environment });
  return stdout;
}
