import { createServer } from 'node:http';
import { Pool } from 'undici';

/**
 * The least that a proxy on Node can do: passes every request on to one server and its answer back, and looks at neither.
 * `port origin`
 */
const [, , port = '', origin = ''] = process.argv;
const pool = new Pool(origin);

createServer((incoming, outgoing) => {
  const { method = 'GET', url: path = '/', headers } = incoming;
  const body = method === 'GET' ? null : incoming;
  pool
    .stream({ path, method, body, headers }, ({ statusCode, headers: answered }) =>
      outgoing.writeHead(statusCode, answered as Record<string, string>),
    )
    .catch(() => outgoing.destroy());
}).listen(Number(port), '127.0.0.1');
