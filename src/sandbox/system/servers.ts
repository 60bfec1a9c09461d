import { freePorts } from '../free-ports.ts';
import { type PlainServer, secondAddresses, startPlainServer } from '../plain-servers.ts';

/** A plain server of a service. */
export interface ServiceServer extends PlainServer {
  readonly service: string;
}

/** Starts two servers of `shop`, on one port, and one of `blog`. */
export async function startServers(): Promise<{ servers: ServiceServer[]; close(): Promise<void> }> {
  const [shop = 0, blog = 0] = await freePorts(2);
  const servers = [
    { service: 'shop', ...(await startPlainServer('shop-1', shop)) },
    { service: 'shop', ...(await startPlainServer('shop-2', shop, secondAddresses)) },
    { service: 'blog', ...(await startPlainServer('blog-1', blog)) },
  ];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  return { servers, close };
}
