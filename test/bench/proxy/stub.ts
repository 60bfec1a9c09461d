import { createServer } from 'node:http';

/** An endpoint of the Invoke API at the port of the command line: it takes any number of calls and answers all alike. */
const payload = JSON.stringify({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ text: 'x'.repeat(289) }),
});

createServer((incoming, outgoing) => {
  incoming.resume().once('end', () => {
    outgoing.writeHead(200, { 'content-type': 'text/plain', 'content-length': payload.length }).end(payload);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
