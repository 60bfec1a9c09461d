import { endpointText } from '../../core/network/addresses.ts';
import { routeText } from '../../haproxy/routes.ts';
import type { ServiceView } from '../../registry/config-file/table-config.ts';
import { routesOf } from '../../registry/config-file/routing.ts';
import { answersOf, curl } from '../requests.ts';
import type { ServiceServer } from '../system/servers.ts';
import { type EdgeStage, seen } from './telling.ts';

const shop = { host: 'shop.example.com', path: '/' };

/** A host reports its containers, and serves by the file that the registry answers. */
export async function reportedContainers(stage: EdgeStage): Promise<void> {
  const { telling, edge } = stage;
  const { registry, servers } = edge;
  telling.chapter('A host reports its containers: the registry answers with haproxy.cfg');
  const first = await registry.report({ running: [], candidates: servers.map(candidateOf) });
  telling.did(`curl -d @report.json ${registry.url} > haproxy.cfg; haproxy -c -f haproxy.cfg`);
  telling.sawTable(['route', 'service', 'servers'], first.flatMap(rowsOf));
  await answeredBy(stage, ['shop-1', 'shop-2']);

  const [stopped, ...others] = servers;
  await stopped?.stop();
  await registry.report({ running: others.map(({ service, id, ip }) => ({ serviceName: service, id, ip })) });
  telling.did(`curl -d @report-without-shop-1.json ${registry.url} > haproxy.cfg; haproxy -c -f haproxy.cfg`);
  await answeredBy(stage, ['shop-2']);
  await stopped?.start();
}

/** A container as a host sends it that has just started. */
function candidateOf({ service, id, ip, port }: ServiceServer): object {
  const route =
    service === 'shop' ? { predicate: shop.host } : { configMode: 'path', predicate: `/${service}` };
  return { serviceName: service, ...route, port, containers: [{ id, ip }] };
}

function rowsOf({ serviceName, containers, ...definition }: ServiceView) {
  const { port } = definition;
  const servers = containers.map(({ id, ip }) => `${id} (${endpointText({ address: ip, port })})`).join(', ');
  return routesOf(definition).map((route) => ({ route: routeText(route), service: serviceName, servers }));
}

/** Asks as often as there are servers twice over; all of them, and no others, must answer. */
async function answeredBy(stage: EdgeStage, ids: readonly string[]): Promise<void> {
  const { entry } = stage.edge.registry;
  const look = (): Promise<string[]> => answersOf(entry, shop, 4);
  const isFromAll = (answers: readonly string[]): boolean =>
    [...new Set(answers)].toSorted().join() === ids.join();
  const answers = await seen(stage, `answers of ${ids.join(' and ')}`, look, isFromAll);
  stage.telling.did(curl(entry, shop));
  stage.telling.saw(answers.join(', '));
}
