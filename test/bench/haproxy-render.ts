import type { Configuration, Service } from '../../src/haproxy/model.ts';
import { render } from '../../src/haproxy/render.ts';
import { configuration, service } from '../support/haproxy/models.ts';
import { type Row, fastest, printTable, ratio } from './harness.ts';

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

/** Milliseconds a service. */
async function perService(size: number): Promise<number> {
  const model = modelOf(size);
  return (await fastest(3, () => render(model))) / size;
}

render(modelOf(5_000));
const first = await perService(2_500);
const rows: Row[] = [];
for (const size of [5_000, 10_000, 20_000]) {
  const each = await perService(size);
  rows.push(ratio(`${size} services, each`, each / first, 'one of 2500', { atMost: 1.5 }));
  if (size === 20_000) rows.push(ratio('20000 services', (each * size) / 1000, '1 s', { atMost: 1 }));
}
printTable('Rendering services of two routes and two servers', rows);
