import { once } from 'node:events';
import type { Server } from 'node:net';
import { AppError, messageOf } from '../core/errors.ts';
import { type Endpoint, endpointText } from '../core/network/addresses.ts';

/**
 * Resolves when a server listens.
 * @param listen port 0 for a free one; an empty address for every local IPv4 address
 * @param backlog connections that may wait to be taken
 * @throws AppError LISTEN_FAILED
 */
export async function listening(server: Server, listen: Endpoint, backlog = 128): Promise<void> {
  const host = listen.address || '0.0.0.0';
  server.listen({ port: listen.port, host, backlog });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const where = endpointText({ ...listen, address: host });
    throw new AppError('LISTEN_FAILED', `Nothing can listen on ${where}: ${messageOf(cause)}.`, { cause });
  }
}
