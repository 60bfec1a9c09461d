import { crc32 } from 'node:zlib';
import { AppError } from '../../core/errors.ts';

/** One message of an event stream, with those of its headers that are text. */
export interface StreamMessage {
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Buffer;
}

/** Takes an event stream as it arrives. */
export interface StreamDecoder {
  /**
   * The messages that these bytes complete, however they are cut.
   * @throws AppError UPSTREAM_UNAVAILABLE for what is no such stream, or was damaged on its way
   */
  push(bytes: Buffer): StreamMessage[];
}

const preludeBytes = 12;
const checksumBytes = 4;
const framingBytes = preludeBytes + checksumBytes;
/** The limits of the encoding; they keep a damaged length from reserving memory. */
const maxHeaderBytes = 128 * 1024;
const maxPayloadBytes = 24 * 1024 * 1024;

/**
 * Decodes `application/vnd.amazon.eventstream`
 * (https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html): total length, length of the headers and their
 * checksum, headers, payload, checksum of all before it.
 */
export function createStreamDecoder(): StreamDecoder {
  /** Bytes of the message that has begun. */
  let parts: Buffer[] = [];
  let size = 0;
  /** The length of that message; that of its prelude until this is known. */
  let wanted = preludeBytes;

  function take(): Buffer {
    const [only] = parts;
    const all = parts.length === 1 && only ? only : Buffer.concat(parts, size);
    parts = [all];
    return all;
  }

  return {
    push(bytes) {
      const messages: StreamMessage[] = [];
      parts.push(bytes);
      size += bytes.length;
      while (size >= wanted) {
        const all = take();
        if (wanted === preludeBytes) {
          wanted = readPrelude(all);
          continue;
        }
        messages.push(readMessage(all.subarray(0, wanted)));
        parts = [all.subarray(wanted)];
        size -= wanted;
        wanted = preludeBytes;
      }
      return messages;
    },
  };
}

/** The length of the whole message. */
function readPrelude(bytes: Buffer): number {
  const total = bytes.readUInt32BE(0);
  const headers = bytes.readUInt32BE(4);
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw damaged('a wrong checksum of lengths');
  const payload = total - headers - framingBytes;
  if (headers > maxHeaderBytes || payload < 0 || payload > maxPayloadBytes) {
    throw damaged(`a message of ${total} bytes, ${headers} of them headers`);
  }
  return total;
}

function readMessage(bytes: Buffer): StreamMessage {
  const end = bytes.length - checksumBytes;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) throw damaged('a wrong checksum');
  const payloadAt = preludeBytes + bytes.readUInt32BE(4);
  return {
    headers: readHeaders(bytes.subarray(preludeBytes, payloadAt)),
    payload: bytes.subarray(payloadAt, end),
  };
}

/** Bytes of a value by its type; types 6 (bytes) and 7 (text) say theirs. */
const valueBytes: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const textType = 7;

function readHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const next = (length: number): Buffer => {
    if (at + length > bytes.length) throw damaged('headers that are cut short');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const name = next(next(1).readUInt8()).toString();
    const type = next(1).readUInt8();
    const isCounted = type === 6 || type === textType;
    const length = isCounted ? next(2).readUInt16BE() : valueBytes[type];
    if (length === undefined) throw damaged(`header ${JSON.stringify(name)} of an unknown type`);
    const value = next(length);
    if (type === textType) headers.set(name, value.toString());
  }
  return headers;
}

function damaged(what: string): AppError {
  const message = `The event stream of the answer has ${what}: it was damaged on its way, or is none.`;
  return new AppError('UPSTREAM_UNAVAILABLE', message, { final: true });
}
