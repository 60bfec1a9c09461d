import { askOnce } from '../../src/haproxy-process/socket.ts';
import { systemClock } from '../../src/core/clock.ts';
import { type ConsulServer, startConsul } from '../support/consul/server.ts';
import { startEchoServer } from '../support/http/echo-server.ts';
import { startLoad } from '../support/http/load.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type BenchAgent, cpuMs, residentMb, startBenchAgent } from './agent/site.ts';
import { printTable, type Row } from './harness.ts';

const rounds = 60;
const clients = 2;
const lookMs = 1;
/** Between changes, which come alone as they mostly do. */
const pauseMs = 150;
const size = { services: 5_000, instances: 4 };
const steadyMs = 60_000;
const fillMs = 300_000;

printTable('Agent: from a change in Consul to HAProxy, with traffic', await latency());
printTable('Agent: 5,000 services with 20,000 servers in Consul', await scale());

/** Instances come and go; each is waited for in the running HAProxy. */
async function latency(): Promise<Row[]> {
  const consul = await startConsul();
  await using first = await startEchoServer('first');
  await using second = await startEchoServer('second');
  try {
    await consul.ok('PUT', '/v1/agent/service/register', instanceOf('web', 'web-0', '127.0.0.1', first.port));
    await using agent = await startBenchAgent(consul.port);
    await waitUntil('the service', async () => (await serversOf(agent)).includes('s_'));
    const before = (await agent.status()).haproxy.reloads;
    const load = startLoad(agent.port, 'web.example.com', clients);
    const times: number[] = [];
    for (let at = 1; at <= rounds; at += 1) {
      const [add, remove] = [`/v1/agent/service/register`, `/v1/agent/service/deregister/web-${at}`];
      const instance = instanceOf('web', `web-${at}`, '127.0.0.1', second.port);
      times.push(await timeOf(agent, `web-${at}`, true, () => consul.ok('PUT', add, instance)));
      await systemClock.sleep(pauseMs);
      times.push(await timeOf(agent, `web-${at}`, false, () => consul.ok('PUT', remove)));
      await systemClock.sleep(pauseMs);
    }
    await load.stop();
    const reloads = (await agent.status()).haproxy.reloads - before;
    const sorted = times.toSorted((left, right) => left - right);
    const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
    return [
      row('median', `${at(0.5).toFixed(0)} ms`, 'under 60 ms', at(0.5) < 60),
      row('95 of 100', `${at(0.95).toFixed(0)} ms`, 'under 200 ms', at(0.95) < 200),
      row('reloads', String(reloads), '0', reloads === 0),
      row('failed requests', String(load.failures.length), '0', load.failures.length === 0),
    ];
  } finally {
    await consul.close();
  }
}

/** Milliseconds from before a change until HAProxy has the server, or drains it. */
async function timeOf(
  agent: BenchAgent,
  id: string,
  isThere: boolean,
  change: () => Promise<unknown>,
): Promise<number> {
  const begun = performance.now();
  await change();
  for (;;) {
    if (isServing(await serversOf(agent), id) === isThere) return performance.now() - begun;
    await systemClock.sleep(lookMs);
  }
}

function serversOf({ socket }: BenchAgent): Promise<string> {
  return askOnce(socket, 'show servers state').catch(() => '');
}

/** Whether a server takes new requests: it is there, and neither drains nor is out of service. */
function isServing(states: string, id: string): boolean {
  const line = states.split('\n').find((one) => one.split(' ')[3]?.includes(`_${id}:`));
  return line !== undefined && line.split(' ')[6] === '0';
}

/** A catalog of many services at which nothing happens; then one of them changes. */
async function scale(): Promise<Row[]> {
  const consul = await startConsul();
  try {
    await fill(consul);
    await using agent = await startBenchAgent(consul.port, 'service_defaults: { check: off }\n');
    const count = size.services * size.instances;
    const isWhole = async (): Promise<boolean> => {
      const { services, config } = await agent.status();
      return services.reduce((sum, { servers }) => sum + servers.length, 0) === count && !config.pending;
    };
    await waitUntil('all services', isWhole, fillMs);
    // What the start has left behind is collected meanwhile.
    await systemClock.sleep(steadyMs);
    const before = cpuMs(agent.pid);
    await systemClock.sleep(steadyMs);
    const share = ((cpuMs(agent.pid) - before) / steadyMs) * 100;
    const memory = residentMb(agent.pid);
    return [
      row('steady, of a core', `${share.toFixed(2)} %`, 'under 2 %', share < 2),
      row('memory', `${memory.toFixed(0)} MB`, 'under 400 MB', memory < 400),
    ];
  } finally {
    await consul.close();
  }
}

async function fill(consul: ConsulServer): Promise<void> {
  for (let node = 0; node < size.instances; node += 1) {
    await consul.ok('PUT', '/v1/catalog/register', { Node: `node-${node}`, Address: `10.0.0.${node + 1}` });
  }
  const operations = Array.from({ length: size.services * size.instances }, (_, at) => {
    const [service, node] = [Math.floor(at / size.instances), at % size.instances];
    const name = `service-${service}`;
    const { Meta, ID, Port } = instanceOf(name, `${name}-${node}`, '', 20_000 + (service % 10_000));
    const Address = `10.${node}.${Math.floor(service / 250)}.${(service % 250) + 1}`;
    return {
      Service: { Verb: 'set', Node: `node-${node}`, Service: { ID, Service: name, Port, Meta, Address } },
    };
  });
  for (let at = 0; at < operations.length; at += 64) {
    await consul.ok('PUT', '/v1/txn', operations.slice(at, at + 64));
  }
}

function instanceOf(service: string, id: string, address: string, port: number) {
  const Meta = { 'route-host': `${service}.example.com` };
  return { Name: service, ID: id, Address: address, Port: port, Meta };
}

function row(what: string, figure: string, goal: string, isMet: boolean): Row {
  return { what, figure, goal: { text: goal, isMet } };
}
