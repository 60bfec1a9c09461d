import { once } from 'node:events';
import { createServer } from 'node:net';
import { AppError, messageOf, systemCodeOf } from '../core/errors.ts';
import { checkBind, type Endpoint, endpointText, isEveryAddress } from '../core/network/addresses.ts';

/** The addresses that a configuration listens on; what else `bind` may name is left out: sockets, ranges, variables. */
export function bindsIn(text: string): Endpoint[] {
  return [...text.matchAll(/^\s*bind\s+(\S+)/gm)].flatMap(([, words = '']) =>
    words.split(',').flatMap((word) => {
      const bind = checkBind(word.replace(/^ipv[46]@/, ''));
      return bind.ok ? [bind.value] : [];
    }),
  );
}

/** What HAProxy's own rights decide, which may be others than ours. */
const notOurs = new Set(['EACCES', 'EPERM']);

/**
 * Binds, for a moment, what a reload would bind anew. `haproxy -c` does not see that a port is taken, and the reload then
 * stops the listeners that serve for two seconds. What HAProxy itself listens on, as all addresses or as one of them, is
 * passed over.
 * @param wanted every address to listen on afterwards
 * @param running every address that HAProxy listens on now
 * @throws AppError CHECK_FAILED when one cannot be had
 */
export async function tryBinds(wanted: readonly Endpoint[], running: readonly Endpoint[]): Promise<void> {
  for (const bind of wanted) if (!running.some((own) => overlaps(own, bind))) await tryBind(bind);
}

function overlaps(one: Endpoint, other: Endpoint): boolean {
  const isOneAddress =
    one.address === other.address || isEveryAddress(one.address) || isEveryAddress(other.address);
  return one.port === other.port && isOneAddress;
}

async function tryBind({ address, port }: Endpoint): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host: address === '' ? '0.0.0.0' : address, port, exclusive: true });
    await once(server, 'listening');
  } catch (cause) {
    if (notOurs.has(systemCodeOf(cause) ?? '')) return;
    const where = endpointText({ address, port });
    const advice = 'Free it, or choose another.';
    const message = `HAProxy cannot listen on ${where}, and the old configuration stays: ${messageOf(cause)}. ${advice}`;
    throw new AppError('CHECK_FAILED', message, { cause });
  }
  await once(server.close(), 'close');
}
