import { crc32 } from 'node:zlib';

/** A message of `application/vnd.amazon.eventstream` (https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html). */
export function streamMessage(headers: Readonly<Record<string, string>>, payload: Buffer): Buffer {
  const encoded = Buffer.concat(Object.entries(headers).map(([name, value]) => textHeader(name, value)));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(lengths.length + encoded.length + payload.length + 8);
  lengths.writeUInt32BE(encoded.length, 4);
  const message = Buffer.concat([lengths, checksum(lengths), encoded, payload]);
  return Buffer.concat([message, checksum(message)]);
}

/** An event of the answer of InvokeWithResponseStream. */
export function streamEvent(type: string, payload: Buffer): Buffer {
  const content = type === 'PayloadChunk' ? 'application/octet-stream' : 'application/json';
  return streamMessage({ ':message-type': 'event', ':event-type': type, ':content-type': content }, payload);
}

/** A header of type 7, which is text. */
function textHeader(name: string, value: string): Buffer {
  const [key, text] = [Buffer.from(name), Buffer.from(value)];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([7]), length, text]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
