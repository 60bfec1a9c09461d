import { randomBytes } from 'node:crypto';
import { type Socket, connect } from 'node:net';

/** What a load came to: requests a second, and latencies in milliseconds. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * Asks a port on kept connections, one request at a time on each, and prints a {@link LoadResult}:
 * `port connections seconds bodyBytes`. With a body, each connection sends it once.
 */
const [port = 0, connections = 1, seconds = 1, bodyBytes = 0] = process.argv.slice(2).map(Number);
const latencies: number[] = [];
const end = performance.now() + seconds * 1000;

const get =
  'GET /shop/basket?item=1&item=2&note=a%20b HTTP/1.1\r\nhost: shop.example.com\r\n' +
  'cookie: session=abcdef0123456789; theme=dark\r\naccept: application/json\r\nuser-agent: bench\r\n\r\n';
const post = Buffer.concat([
  Buffer.from(
    `POST /upload HTTP/1.1\r\nhost: shop.example.com\r\ncontent-type: application/octet-stream\r\ncontent-length: ${bodyBytes}\r\n\r\n`,
  ),
  randomBytes(bodyBytes),
]);

async function run(): Promise<void> {
  const socket = connect(port, '127.0.0.1').setNoDelay();
  try {
    if (bodyBytes > 0) await timed(socket, post);
    else while (performance.now() < end) await timed(socket, get);
  } finally {
    socket.destroy();
  }
}

async function timed(socket: Socket, request: string | Buffer): Promise<void> {
  const start = performance.now();
  await answered(socket, request);
  latencies.push(performance.now() - start);
}

/** Waits for one whole answer with a length or in chunks. */
function answered(socket: Socket, request: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = '';
    const onData = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      if (!isWhole(received)) return;
      socket.off('data', onData).off('close', onClose).off('error', reject);
      if (received.startsWith('HTTP/1.1 200')) resolve();
      else reject(new Error(received));
    };
    const onClose = (): void => reject(new Error(`the connection ended after ${received}`));
    socket.on('data', onData).once('close', onClose).once('error', reject);
    socket.write(request);
  });
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(answer) ?? [];
  return length === undefined ? answer.endsWith('0\r\n\r\n') : answer.length >= headEnd + 4 + Number(length);
}

const start = performance.now();
await Promise.all(Array.from({ length: connections }, run));
const took = (performance.now() - start) / 1000;
const sorted = Float64Array.from(latencies).toSorted();
const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
const result: LoadResult = { perSecond: latencies.length / took, p50: quantile(0.5), p99: quantile(0.99) };
process.stdout.write(JSON.stringify(result));
