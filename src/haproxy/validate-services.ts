import { accepted, checkNumber } from '../core/checked.ts';
import { checkPort, checkServerAddress } from '../core/network/addresses.ts';
import { type Configuration, type Route, type Server, type Service, balances, schemes } from './model.ts';
import {
  checkCookieName,
  checkFileName,
  checkHealthPath,
  checkInstanceId,
  checkOwnLine,
  checkRouteHost,
  checkRoutePath,
} from './names.ts';
import { type Problem, checkWord, collect, collectRepeated } from './problems.ts';
import { backendName, routeText } from './routes.ts';
import { serverName } from './sections/servers.ts';

const day = 86_400_000;

/** Adds what is wrong with services, their routes and their servers. */
export function checkServices(problems: Problem[], { services, frontend }: Configuration): void {
  const knowsTls = frontend.tls !== undefined || frontend.trustedProxies.length > 0;
  const routes: [string, string][] = [];
  for (const [at, service] of services.entries()) {
    const field = `services[${at}]`;
    checkService(problems, field, service);
    for (const [index, route] of service.routes.entries()) {
      const routeField = `${field}.routes[${index}]`;
      checkRoute(problems, routeField, route, knowsTls);
      routes.push([routeField, backendName(route)]);
    }
  }
  collectRepeated(
    problems,
    'service',
    services.map(({ name }, at) => [`services[${at}].name`, name] as const),
  );
  collectRepeated(problems, 'route', routes);
}

function checkService(problems: Problem[], field: string, service: Service): void {
  collect(problems, `${field}.name`, service.name, checkFileName);
  collect(problems, `${field}.balance`, service.balance, (balance) => checkWord(balance, balances));
  collect(problems, `${field}.cookie`, service.cookie, checkCookieName);
  collect(problems, `${field}.sticky`, service.sticky, checkCookieName);
  if (service.cookie !== undefined && service.sticky !== undefined)
    problems.push({ field: `${field}.sticky`, message: 'cannot stand beside a cookie of the application' });
  collect(problems, `${field}.check`, service.check, (check) =>
    check === 'off' ? accepted(check) : checkHealthPath(check),
  );
  for (const [name, value] of Object.entries(service.checkTimes ?? {}))
    collect(problems, `${field}.checkTimes.${name}`, value, (ms) => checkNumber(ms, 1, day));
  collect(problems, `${field}.timeout`, service.timeout, (ms) => checkNumber(ms, 1, day));
  collect(problems, `${field}.slowstart`, service.slowstart, (ms) => checkNumber(ms, 1, day));
  for (const [at, line] of (service.snippet ?? []).entries())
    collect(problems, `${field}.snippet[${at}]`, line, checkOwnLine);
  for (const [at, server] of service.servers.entries())
    checkServer(problems, `${field}.servers[${at}]`, server);
  collectRepeated(
    problems,
    'server',
    service.servers.map((server, at) => [`${field}.servers[${at}].id`, serverName(server)] as const),
  );
}

function checkServer(problems: Problem[], field: string, server: Server): void {
  collect(problems, `${field}.id`, server.id, checkInstanceId);
  collect(problems, `${field}.of`, server.of, checkFileName);
  collect(problems, `${field}.address`, server.address, checkServerAddress);
  collect(problems, `${field}.port`, server.port, checkPort);
  collect(problems, `${field}.weight`, server.weight, (weight) => checkNumber(weight, 0, 256));
  collect(problems, `${field}.maxconn`, server.maxconn, (maxconn) => checkNumber(maxconn, 1, 1_000_000));
  collect(problems, `${field}.scheme`, server.scheme, (scheme) => checkWord(scheme, schemes));
}

function checkRoute(problems: Problem[], field: string, route: Route, knowsTls: boolean): void {
  collect(problems, `${field}.host`, route.host, checkRouteHost);
  collect(problems, `${field}.path`, route.path, checkRoutePath);
  if (route.strip && route.path === undefined)
    problems.push({ field: `${field}.strip`, message: 'needs a path' });
  if (route.tls && !knowsTls)
    problems.push({ field: `${field}.tls`, message: `needs TLS or trusted proxies (${routeText(route)})` });
}
