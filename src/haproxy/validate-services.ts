import { accepted, checkNumber } from '../core/checked.ts';
import { rememberingEach } from '../core/remember.ts';
import { checkPort, checkServerAddress } from '../core/network/addresses.ts';
import {
  type Configuration,
  type Route,
  type Server,
  type Service,
  balances,
  schemes,
  tellsTls,
} from './model.ts';
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
  const knowsTls = tellsTls(frontend);
  for (const [at, service] of services.entries()) {
    for (const { field, message } of problemsIn(service))
      problems.push({ field: `services[${at}].${field}`, message });
    if (!knowsTls) checkWithoutTls(problems, `services[${at}]`, service);
  }
  collectRepeated(
    problems,
    'service',
    services.map(({ name }) => name),
    (at) => `services[${at}].name`,
  );
  const routes = services.flatMap(routesIn);
  collectRepeated(problems, 'route', routes, (index) => {
    const fields = services.flatMap((service, at) =>
      service.routes.map((_, route) => `services[${at}].routes[${route}]`),
    );
    return fields[index] ?? '';
  });
}

/** The names of a service's routes, by which they are one. */
const routesIn = rememberingEach(({ routes }: Service) => routes.map(backendName));

/** What is wrong with a service, whatever is around it; fields begin within it. */
const problemsIn = rememberingEach((service: Service): readonly Problem[] => {
  const problems: Problem[] = [];
  checkOptions(problems, service);
  for (const [at, route] of service.routes.entries()) checkRoute(problems, `routes[${at}]`, route);
  for (const [at, server] of service.servers.entries()) checkServer(problems, `servers[${at}]`, server);
  collectRepeated(problems, 'server', service.servers.map(serverName), (at) => `servers[${at}].id`);
  return problems;
});

function checkOptions(problems: Problem[], service: Service): void {
  collect(problems, 'name', service.name, checkFileName);
  collect(problems, 'balance', service.balance, (balance) => checkWord(balance, balances));
  collect(problems, 'cookie', service.cookie, checkCookieName);
  collect(problems, 'sticky', service.sticky, checkCookieName);
  if (service.cookie !== undefined && service.sticky !== undefined)
    problems.push({ field: 'sticky', message: 'cannot stand beside a cookie of the application' });
  collect(problems, 'check', service.check, (check) =>
    check === 'off' ? accepted(check) : checkHealthPath(check),
  );
  for (const [name, value] of Object.entries(service.checkTimes ?? {}))
    collect(problems, `checkTimes.${name}`, value, (ms) => checkNumber(ms, 1, day));
  collect(problems, 'timeout', service.timeout, (ms) => checkNumber(ms, 1, day));
  collect(problems, 'slowstart', service.slowstart, (ms) => checkNumber(ms, 1, day));
  for (const [at, line] of (service.snippet ?? []).entries())
    collect(problems, `snippet[${at}]`, line, checkOwnLine);
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

function checkRoute(problems: Problem[], field: string, route: Route): void {
  collect(problems, `${field}.host`, route.host, checkRouteHost);
  collect(problems, `${field}.path`, route.path, checkRoutePath);
  if (route.strip && route.path === undefined)
    problems.push({ field: `${field}.strip`, message: 'needs a path' });
}

function checkWithoutTls(problems: Problem[], field: string, { routes }: Service): void {
  for (const [at, route] of routes.entries()) {
    const message = `needs TLS or trusted proxies (${routeText(route)})`;
    if (route.tls) problems.push({ field: `${field}.routes[${at}].tls`, message });
  }
}
