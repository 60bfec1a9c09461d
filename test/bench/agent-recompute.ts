import { readAgentConfig } from '../../src/agent/config.ts';
import { createConfigurer } from '../../src/agent/configuration.ts';
import { createModeller } from '../../src/agent/model/merge.ts';
import type { Sighting } from '../../src/agent/model/sighting.ts';
import { modelRules } from '../../src/agent/rules.ts';
import { changesBetween } from '../../src/haproxy/running/changes.ts';
import { configText, type Layout, layoutOf, mapText } from '../../src/haproxy/running/layout.ts';
import { instance, sighting } from '../support/agent/sightings.ts';
import { fastest, medianOf, printTable, ratio, timed } from './harness.ts';

const size = 5_000;

/** A service of four servers and two hosts, as Consul tells of it. */
function seen(at: number, port: number): Sighting {
  const attributes = { 'route-host': `s${at}.example,s${at}.internal`, check: '/healthz', cookie: 'SID' };
  const servers = [1, 2, 3, 4].map((node) =>
    instance(`node-${node}/s${at}-${node}`, {
      address: `10.${node}.${at >> 8}.${at & 255}`,
      port,
      attributes,
    }),
  );
  return sighting(`service-${at}`, servers, { fallback: [] });
}

const { config } = readAgentConfig('sources: { consul: {} }', 'agent.yaml', {});
const around = { base: undefined, extra: undefined, fingerprint: undefined };
const hashes = { metrics: undefined, stats: undefined, listener: undefined };

/** From what is believed to the texts on disk and what changes in HAProxy; remembers what it made. */
function createPipeline(): (sightings: readonly Sighting[]) => void {
  const modeller = createModeller(modelRules(config, new Set()));
  const configurer = createConfigurer(config, { ...around, hashes });
  let running: Layout | undefined;
  return (sightings) => {
    const model = modeller([{ source: 'consul', sightings, problems: [] }]);
    const wanted = layoutOf(configurer(model), '/maps/routes.map');
    configText(wanted);
    mapText(wanted.map);
    changesBetween(running ?? wanted, wanted, [2, 6]);
    running = wanted;
  };
}

const sightings = Array.from({ length: size }, (_, at) => seen(at, 8080));
createPipeline()(sightings);
const whole = await fastest(5, () => createPipeline()(sightings));
const pipeline = createPipeline();
pipeline(sightings);
const one = await medianOf(15, (at) => {
  sightings[at] = seen(at, 8081);
  return timed(() => pipeline(sightings));
});
printTable(`What ${size} services with four servers each take from sightings to HAProxy's changes`, [
  ratio('all of them anew', whole / 1000, '1 s', { atMost: 1 }),
  ratio('after a change of one', one / whole, 'all anew', { atMost: 0.25 }),
  ratio('the same by the clock', one / 100, '100 ms', { atMost: 1 }),
]);
