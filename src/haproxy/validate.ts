import {
  type Endpoint,
  checkBind,
  checkCidr,
  checkEndpoint,
  checkPort,
  checkServerAddress,
  endpointText,
} from '../core/network/addresses.ts';
import { type Checked, accepted, checkFilePath, checkNumber, refused } from '../core/checked.ts';
import {
  type Configuration,
  type Global,
  type Route,
  type Server,
  type Service,
  balances,
  tlsVersions,
} from './model.ts';
import {
  checkCookieName,
  checkHealthPath,
  checkInstanceId,
  checkRouteHost,
  checkRoutePath,
  checkServiceName,
} from './names.ts';
import { backendName, routeText } from './routes.ts';

/** One thing wrong in one field of a model, such as `services[0].cookie`. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

/** Everything that keeps a model from being rendered; empty when nothing does. */
export function problemsOf(model: Configuration): Problem[] {
  const problems: Problem[] = [];
  checkGlobal(problems, model.global);
  checkTimes(problems, model);
  checkListeners(problems, model);
  checkServices(problems, model);
  return problems;
}

const day = 86_400_000;

function checkGlobal(problems: Problem[], { log, hardStopAfter }: Global): void {
  if (log !== undefined && log !== 'stdout') collectEndpoint(problems, 'global.log', log, checkEndpoint);
  collect(problems, 'global.hardStopAfter', hardStopAfter, (value) => checkNumber(value, 1, day / 1000));
}

function checkTimes(problems: Problem[], { defaults: { timeouts, retries, checks } }: Configuration): void {
  for (const [name, value] of Object.entries(timeouts)) {
    collect(problems, `defaults.timeouts.${name}`, value as number, (ms) => checkNumber(ms, 1, day));
  }
  for (const [name, value] of Object.entries(checks)) {
    collect(problems, `defaults.checks.${name}`, value as number, (ms) => checkNumber(ms, 1, day));
  }
  collect(problems, 'defaults.retries', retries, (value) => checkNumber(value, 0, 100));
}

function checkListeners(problems: Problem[], { frontend, stats, resolvers }: Configuration): void {
  const { tls } = frontend;
  const binds = [
    ...frontend.binds.map((bind, at) => [`frontend.binds[${at}]`, bind] as const),
    ...(tls?.binds ?? []).map((bind, at) => [`frontend.tls.binds[${at}]`, bind] as const),
    ...(stats?.binds ?? []).map((bind, at) => [`stats.binds[${at}]`, bind] as const),
  ];
  for (const [field, bind] of binds) collectEndpoint(problems, field, bind, checkBind);
  collectRepeated(
    problems,
    'address',
    binds.map(([field, bind]) => [field, endpointText(bind)] as const),
  );
  if (frontend.binds.length + (tls?.binds.length ?? 0) === 0)
    problems.push({ field: 'frontend.binds', message: 'must not be empty' });
  if (stats?.binds.length === 0) problems.push({ field: 'stats.binds', message: 'must not be empty' });
  if (tls) {
    collect(problems, 'frontend.tls.certificate', tls.certificate, checkFilePath);
    collect(problems, 'frontend.tls.minVersion', tls.minVersion, (version) =>
      checkWord(version, tlsVersions),
    );
  }
  for (const [at, network] of frontend.trustedProxies.entries()) {
    collect(problems, `frontend.trustedProxies[${at}]`, network, checkCidr);
  }
  for (const [at, server] of resolvers.nameservers.entries()) {
    collectEndpoint(problems, `resolvers.nameservers[${at}]`, server, checkEndpoint);
  }
}

function checkServices(problems: Problem[], { services, frontend }: Configuration): void {
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
  collect(problems, `${field}.name`, service.name, checkServiceName);
  collect(problems, `${field}.balance`, service.balance, (balance) => checkWord(balance, balances));
  collect(problems, `${field}.cookie`, service.cookie, checkCookieName);
  collect(problems, `${field}.check`, service.check, checkHealthPath);
  for (const [at, server] of service.servers.entries())
    checkServer(problems, `${field}.servers[${at}]`, server);
  collectRepeated(
    problems,
    'server',
    service.servers.map(({ id }, at) => [`${field}.servers[${at}].id`, id] as const),
  );
}

function checkServer(problems: Problem[], field: string, server: Server): void {
  collect(problems, `${field}.id`, server.id, checkInstanceId);
  collect(problems, `${field}.address`, server.address, checkServerAddress);
  collect(problems, `${field}.port`, server.port, checkPort);
  collect(problems, `${field}.weight`, server.weight, (weight) => checkNumber(weight, 0, 256));
  collect(problems, `${field}.maxconn`, server.maxconn, (maxconn) => checkNumber(maxconn, 1, 1_000_000));
}

function checkRoute(problems: Problem[], field: string, route: Route, knowsTls: boolean): void {
  collect(problems, `${field}.host`, route.host, checkRouteHost);
  collect(problems, `${field}.path`, route.path, checkRoutePath);
  if (route.strip && route.path === undefined)
    problems.push({ field: `${field}.strip`, message: 'needs a path' });
  if (route.tls && !knowsTls)
    problems.push({ field: `${field}.tls`, message: `needs TLS or trusted proxies (${routeText(route)})` });
}

function checkWord<Word extends string>(value: string, words: readonly Word[]): Checked<Word> {
  const word = words.find((word) => word === value);
  return word === undefined ? refused(`one of ${words.join(', ')}`, value) : accepted(word);
}

/** Adds what the check refuses, and a value that is not in its normal form. */
function collect<Value>(
  problems: Problem[],
  field: string,
  value: Value | undefined,
  check: (value: Value) => Checked<unknown>,
): void {
  if (value === undefined) return;
  const result = check(value);
  if (!result.ok) problems.push({ field, message: result.problem });
  else if (result.value !== value) {
    problems.push({ field, message: refused(JSON.stringify(result.value), value).problem });
  }
}

function collectEndpoint(
  problems: Problem[],
  field: string,
  endpoint: Endpoint,
  check: (text: string) => Checked<Endpoint>,
): void {
  collect(problems, field, endpointText(endpoint), (text) => {
    const result = check(text);
    return result.ok ? accepted(endpointText(result.value)) : result;
  });
}

/** Adds every entry whose value an earlier one has. */
function collectRepeated(
  problems: Problem[],
  what: string,
  entries: Iterable<readonly [field: string, value: string]>,
): void {
  const first = new Map<string, string>();
  for (const [field, value] of entries) {
    const other = first.get(value);
    if (other === undefined) first.set(value, field);
    else problems.push({ field, message: `is the ${what} ${value}, which ${other} is already` });
  }
}
