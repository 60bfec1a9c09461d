import { once } from 'node:events';
import { type Server, createServer } from 'node:http';

/** A plain HTTP server of this machine, which answers every request with its name. */
export interface PlainServer {
  readonly id: string;
  readonly ip: string;
  readonly port: number;
  /** Lets it serve again after {@link PlainServer.stop}. */
  start(): Promise<void>;
  /** Ends it, with the connections that it has. */
  stop(): Promise<void>;
}

/** Two servers of one port need two addresses: Linux has all of 127.0.0.0/8, other systems have IPv6 at least. */
export const secondAddresses: readonly string[] = ['127.0.0.2', '::1'];

/** Starts a server on the first of the addresses that this machine has. */
export async function startPlainServer(
  id: string,
  port: number,
  addresses: readonly string[] = ['127.0.0.1'],
): Promise<PlainServer> {
  const [ip = '', ...others] = addresses;
  const server = createServer((_request, response) => response.end(id));
  const start = async (): Promise<void> => {
    server.listen(port, ip);
    await once(server, 'listening');
  };
  try {
    await start();
    return { id, ip, port, start, stop: () => stop(server) };
  } catch (error) {
    if (others.length === 0) throw error;
    return startPlainServer(id, port, others);
  }
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
