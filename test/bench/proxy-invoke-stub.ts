import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Lambda for a benchmark, in a process of its own: answers every invocation at once, and tells its parent its port. */
const answer = JSON.stringify({ statusCode: 200, body: 'x'.repeat(260) });
const headers = {
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(answer),
  'x-amzn-requestid': '00000000-0000-0000-0000-000000000000',
  'x-amz-executed-version': '$LATEST',
};
const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(200, headers).end(answer));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
