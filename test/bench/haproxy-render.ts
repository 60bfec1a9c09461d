import type { Configuration, Service } from '../../src/haproxy/model.ts';
import { render } from '../../src/haproxy/render.ts';
import { configuration, service } from '../support/haproxy-models.ts';
import { type Row, fastest, printTable, times } from './harness.ts';

const sizes = [2_500, 5_000, 10_000, 20_000];

function shop(at: number): Service {
  const routes = [{ host: `s${at}.example` }, { host: `s${at}.example`, path: '/api/v1', strip: true }];
  const servers = [1, 2].map((host) => ({
    id: `c${at}-${host}`,
    address: `10.${host}.${at >> 8}.${at & 255}`,
    port: 8080,
  }));
  return service(`service-${at}`, routes, { servers, cookie: 'SID', check: '/healthz' });
}

const modelOf = (size: number): Configuration =>
  configuration({ services: Array.from({ length: size }, (_, at) => shop(at)) });

const rows: Row[] = [];
render(modelOf(5_000));
let first: number | undefined;
for (const size of sizes) {
  const model = modelOf(size);
  const ms = await fastest(3, () => render(model));
  first ??= ms / size;
  rows.push({
    what: `${size} services`,
    value: `${ms.toFixed(0)} ms`,
    ratio: `${((ms / size) * 1000).toFixed(1)} µs a service, ${times(ms / size, first, `that of ${sizes[0]}`)}`,
  });
}
printTable('Rendering services of two routes and two servers', '20,000 in under 1 s, linear', rows);
