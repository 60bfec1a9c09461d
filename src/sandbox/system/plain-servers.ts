import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { freePorts } from '../free-ports.ts';

/** A plain HTTP server of this machine, which answers every request with its name. */
export interface PlainServer {
  readonly service: string;
  readonly id: string;
  readonly ip: string;
  readonly port: number;
  /** Lets it serve again after {@link PlainServer.stop}. */
  start(): Promise<void>;
  /** Ends it, with the connections that it has. */
  stop(): Promise<void>;
}

/** Two servers of one port need two addresses: Linux has all of 127.0.0.0/8, other systems have IPv6 at least. */
const secondAddresses: readonly string[] = ['127.0.0.2', '::1'];

/** Starts two servers of `shop`, on one port, and one of `blog`. */
export async function startPlainServers(): Promise<{ servers: PlainServer[]; close(): Promise<void> }> {
  const [shop = 0, blog = 0] = await freePorts(2);
  const servers = await Promise.all([
    startPlainServer('shop', 'shop-1', shop, ['127.0.0.1']),
    startPlainServer('shop', 'shop-2', shop, secondAddresses),
    startPlainServer('blog', 'blog-1', blog, ['127.0.0.1']),
  ]);
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  return { servers, close };
}

/** Starts a server on the first of the addresses that this machine has. */
async function startPlainServer(
  service: string,
  id: string,
  port: number,
  [ip = '', ...others]: readonly string[],
): Promise<PlainServer> {
  const server = createServer((_request, response) => response.end(id));
  const start = async (): Promise<void> => {
    server.listen(port, ip);
    await once(server, 'listening');
  };
  try {
    await start();
    return { service, id, ip, port, start, stop: () => stop(server) };
  } catch (error) {
    if (others.length === 0) throw error;
    return startPlainServer(service, id, port, others);
  }
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
