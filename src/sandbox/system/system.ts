import { systemClock } from '../../core/clock.ts';
import { deadlineIn } from '../../core/deadline.ts';
import type { SandboxAws } from '../aws/server.ts';
import type { FaultShares } from '../fault-shares.ts';
import { createSandboxFunctions, type SandboxFunctions } from '../functions.ts';
import { type Guardian, startGuardian } from '../guardian.ts';
import { foreignService } from '../scenario.ts';
import { type Agent, startAgent } from './agent.ts';
import { readCatalog } from './catalog.ts';
import { startCloud } from './cloud.ts';
import { type ConsulAgent, startConsulAgent } from './consul-agent.ts';
import { consulAt, registerForeign, registerServer } from './consul-catalog.ts';
import { type FaultControl, startFaultControl } from './fault-control.ts';
import { type Begin, Parts } from './parts.ts';
import { type ServiceServer, startServers } from './servers.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { type Reconciled, type Registrator, startRegistrator } from './registrator.ts';
import { type Registry, startRegistry } from './registry.ts';

/** The built programs. */
export interface Bundles {
  /** URL of the registrator. */
  readonly registrator: string;
  /** Files of all others. */
  readonly lambdaHost: string;
  readonly guardian: string;
  readonly proxy: string;
  readonly agent: string;
}

export interface SystemOptions {
  readonly consul: string;
  /** Without it there is neither an agent nor a registry. */
  readonly haproxy: string | undefined;
  /** Whether there is a second datacenter, dc2, joined with the first over the WAN. */
  readonly secondDatacenter: boolean;
  readonly bundles: Bundles;
  /** Once it aborts, nothing more is started. */
  readonly signal: AbortSignal;
  /** A part is about to be started. */
  readonly onStart: (part: string) => void;
  readonly onReconciled: (reconciled: Reconciled) => void;
  /** A program has ended though nobody here ended it; `how` is a signal or a status. */
  readonly onLost: (program: string, how: string) => void;
  /** Another process has set which calls to AWS fail. */
  readonly onFaults: (shares: FaultShares) => void;
}

/** The whole system on this machine: everything is real but AWS. */
export interface System {
  readonly consul: ConsulAgent;
  /** The Consul of the second datacenter, if any. */
  readonly second: ConsulAgent | undefined;
  readonly aws: SandboxAws;
  /** Which calls to AWS fail. */
  readonly faults: FaultControl;
  /** The functions at AWS. */
  readonly functions: SandboxFunctions;
  readonly registrator: Registrator;
  readonly proxy: Proxy;
  /** What takes a HAProxy. */
  readonly edge: Edge | undefined;
  /** Ends and removes what this process leaves. */
  readonly guardian: Guardian;
  close(): Promise<void>;
}

/** HAProxy under the agent, and what it serves beside functions. */
export interface Edge {
  readonly agent: Agent;
  /** Registered in Consul. */
  readonly servers: readonly ServiceServer[];
  readonly registry: Registry;
}

const catalogWithinMs = 10_000;

/**
 * Starts it, from Consul outwards.
 * @throws AppError UPSTREAM_UNAVAILABLE when a program does not start; NOT_FOUND without dynalite; the reason of `signal`
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const parts = new Parts(options.signal, options.onStart);
  try {
    return { ...(await startParts(options, parts.begin)), close: () => parts.end() };
  } catch (error) {
    await parts.end();
    throw error;
  }
}

async function startParts(options: SystemOptions, begin: Begin): Promise<Omit<System, 'close'>> {
  const { bundles } = options;
  const guardian = await begin('a guardian', () => startGuardian(bundles.guardian, options.onLost));
  const consul = await begin('Consul', () => startConsulAgent(options.consul, guardian));
  const second = options.secondDatacenter
    ? await begin('a second Consul', () => startConsulAgent(options.consul, guardian, consul))
    : undefined;
  await registerForeign(consul.address, foreignService);
  const aws = await begin('AWS', startCloud);
  const faults = await begin('AWS', () => startFaultControl(aws.faults, options.onFaults));
  const functions = await begin('AWS', () =>
    createSandboxFunctions({ endpoint: aws.url, region: aws.world.region }),
  );
  const place = { consul: consul.address, aws, guardian };
  const catalog = await begin('Consul', () => catalogOf(consul, second));
  const registrator = await begin('the registrator', () => {
    const { registrator: bundle, lambdaHost } = bundles;
    const { onReconciled } = options;
    return startRegistrator({ ...place, bundle, lambdaHost, readCatalog: catalog.read, onReconciled });
  });
  const proxy = await begin('the proxy', () => startProxy({ ...place, bundle: bundles.proxy }));
  const { haproxy } = options;
  const edge =
    haproxy === undefined
      ? undefined
      : await startEdge({ ...place, bundle: bundles.agent, haproxy, proxy: proxy.port }, begin);
  return { guardian, consul, second, aws, faults, functions, registrator, proxy, edge };
}

/** Three servers, which register themselves, HAProxy with its agent, and a registry. */
async function startEdge(options: Parameters<typeof startAgent>[0], begin: Begin): Promise<Edge> {
  const { servers } = await begin('three servers', startServers);
  for (const server of servers) await registerServer(options.consul, server);
  const agent = await begin('HAProxy and its agent', () => startAgent(options));
  const registry = await begin('the registry', () => startRegistry(options.haproxy, options.guardian));
  return { agent, servers, registry };
}

/** Everything that is registered, in all datacenters. */
function catalogOf(home: ConsulAgent, second: ConsulAgent | undefined) {
  const consul = consulAt(home.address);
  const datacenters = [home.datacenter, ...(second ? [second.datacenter] : [])];
  return {
    read: () => readCatalog(consul, datacenters, deadlineIn(systemClock, catalogWithinMs)),
    close: () => consul.close(),
  };
}
