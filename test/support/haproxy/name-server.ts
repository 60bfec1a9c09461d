import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A server of DNS over UDP, at an address and port. */
export interface NameServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

/** Knows that these names are at 127.0.0.1, and that there are no others. */
export async function startNameServer(...known: string[]): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => socket.send(dnsAnswer(query, known), port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let isOpen = true;
  return {
    address: '127.0.0.1',
    port: socket.address().port,
    [Symbol.asyncDispose]: async () => {
      if (!isOpen) return;
      isOpen = false;
      await once(socket.close(), 'close');
    },
  };
}

/** An answer to a DNS query: 127.0.0.1 for the A record of a known name, else that there is none (RFC 1035 section 4). */
function dnsAnswer(query: Buffer, known: readonly string[]): Buffer {
  const nameEnd = query.indexOf(0, 12);
  const question = query.subarray(12, nameEnd + 5);
  const asked = query
    .subarray(13, nameEnd)
    .toString()
    .replaceAll(/[^a-z]/g, '.');
  const isKnown = known.includes(asked) && query.readUInt16BE(nameEnd + 1) === 1;
  const header = Buffer.from([0, 0, 0x81, isKnown ? 0x80 : 0x83, 0, 1, 0, isKnown ? 1 : 0, 0, 0, 0, 0]);
  query.copy(header, 0, 0, 2);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat(isKnown ? [header, question, record] : [header, question]);
}
