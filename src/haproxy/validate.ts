import { checkFilePath, checkNumber, matching } from '../core/checked.ts';
import { checkBind, checkCidr, checkEndpoint, endpointText } from '../core/network/addresses.ts';
import { type Configuration, type Credentials, type Global, tlsVersions } from './model.ts';
import { checkDomain, checkOwnLine, checkUserName } from './names.ts';
import { type Problem, checkWord, collect, collectEndpoint, collectRepeated } from './problems.ts';
import { checkServices } from './validate-services.ts';

/** Everything that keeps a model from being rendered; empty when nothing does. */
export function problemsOf(model: Configuration): Problem[] {
  const problems: Problem[] = [];
  checkGlobal(problems, model.global);
  checkTimes(problems, model);
  checkListeners(problems, model);
  checkPages(problems, model);
  checkOwn(problems, model);
  checkServices(problems, model);
  return problems;
}

const day = 86_400_000;

function checkGlobal(problems: Problem[], { log, hardStopAfter, socket, stateFile }: Global): void {
  if (log !== undefined && log !== 'stdout') collectEndpoint(problems, 'global.log', log, checkEndpoint);
  collect(problems, 'global.hardStopAfter', hardStopAfter, (value) => checkNumber(value, 1, day / 1000));
  collect(problems, 'global.socket', socket, checkFilePath);
  collect(problems, 'global.stateFile', stateFile, checkFilePath);
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
    binds.map(([, bind]) => endpointText(bind)),
    (at) => binds[at]?.[0] ?? '',
  );
  if (frontend.binds.length + (tls?.binds.length ?? 0) === 0)
    problems.push({ field: 'frontend.binds', message: 'must not be empty' });
  if (stats?.binds.length === 0) problems.push({ field: 'stats.binds', message: 'must not be empty' });
  if (tls) {
    collect(problems, 'frontend.tls.certificate', tls.certificate, checkFilePath);
    collect(problems, 'frontend.tls.minVersion', tls.minVersion, (version) =>
      checkWord(version, tlsVersions),
    );
    collect(problems, 'frontend.tls.hsts', tls.hsts, (seconds) => checkNumber(seconds, 1, 1_000_000_000));
    collect(problems, 'frontend.tls.fingerprint', tls.fingerprint, (text) =>
      matching(text, /^[0-9A-Za-z]{1,128}$/, '1 to 128 letters and digits'),
    );
  }
  for (const [at, network] of frontend.trustedProxies.entries()) {
    collect(problems, `frontend.trustedProxies[${at}]`, network, checkCidr);
  }
  for (const [at, server] of resolvers.nameservers.entries()) {
    collectEndpoint(problems, `resolvers.nameservers[${at}]`, server, checkEndpoint);
  }
}

function checkPages(problems: Problem[], { frontend, stats }: Configuration): void {
  collect(problems, 'frontend.fallback.domain', frontend.fallback?.domain, checkDomain);
  const users: [string, Credentials | undefined][] = [
    ['frontend.pages.stats', frontend.pages?.stats],
    ['frontend.pages.metrics', frontend.pages?.metrics],
    ['stats.credentials', stats?.credentials],
  ];
  for (const [field, credentials] of users) {
    collect(problems, `${field}.user`, credentials?.user, checkUserName);
    collect(problems, `${field}.hash`, credentials?.hash, (text) =>
      matching(text, /^\$5\$rounds=1000\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43}$/, "crypt(3)'s SHA-256"),
    );
  }
}

function checkOwn(problems: Problem[], { own }: Configuration): void {
  for (const place of ['frontend', 'backend'] as const) {
    for (const [at, line] of (own?.[place] ?? []).entries())
      collect(problems, `own.${place}[${at}]`, line, checkOwnLine);
  }
}
