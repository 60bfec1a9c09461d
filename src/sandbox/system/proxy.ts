import { join } from 'node:path';
import type { ServerProcess } from '../../local/server-process.ts';
import type { SandboxAws } from '../aws/server.ts';
import { freePorts } from '../free-ports.ts';
import type { Guardian } from '../guardian.ts';
import { streamed } from '../scenario.ts';
import { startProgram } from './program.ts';
import { awsEnvironment } from './registrator.ts';

/** The proxy, in a process of its own: functions that are registered in Consul answer plain HTTP at its port. */
export interface Proxy {
  readonly port: number;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly bundle: string;
  /** `http://host:port` of Consul. */
  readonly consul: string;
  readonly aws: SandboxAws;
  readonly guardian: Guardian;
}

/** Functions are invoked at the sandbox's AWS; the one that streams is said to do so, since Consul does not tell. */
export async function startProxy({ bundle, consul, aws, guardian }: ProxyOptions): Promise<Proxy> {
  const [port = 0, admin = 0] = await freePorts(2);
  const text = `host: 127.0.0.1
port: ${port}
access_log: false
admin: { host: 127.0.0.1, port: ${admin} }
consul: { address: "${consul}", format: apigw-v2 }
aws:
  - hostname: ${streamed.host}
    path_prefix: ${streamed.path}
    function_name: ${streamed.functionName}
    streaming: true
`;
  const proxy: ServerProcess = await startProgram({
    name: 'The proxy',
    bundle,
    file: join(guardian.folder, 'lrp.yaml'),
    text,
    readyUrl: `http://127.0.0.1:${admin}/readyz`,
    environment: awsEnvironment(aws),
    guard: guardian,
  });
  return { port, close: () => proxy.end() };
}
