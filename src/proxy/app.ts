import { createLambdaInvoker } from '../aws/invoke/lambda.ts';
import type { Environment } from '../config/options.ts';
import { systemClock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import { connectConsul } from '../daemon/consul.ts';
import { openTlsFiles, type TlsPair } from '../daemon/tls-files.ts';
import { consulSettingNames } from './file/consul.ts';
import type { Logger } from '../core/logger.ts';
import type { LineWriter } from './access-log.ts';
import { Background } from './background.ts';
import type { ProxyConfig } from './config.ts';
import { asFailure } from './failures.ts';
import { forward, type World } from './forward/forward.ts';
import { trustOf } from './forward/peer.ts';
import { internalAnswers } from './internal.ts';
import { FollowedRoutes } from './followed-routes.ts';
import { createMetrics } from './metrics.ts';
import { createRecords, type Records } from './records.ts';
import { RouteSet } from './route-set.ts';
import { startProxyServer } from './server.ts';
import { createSlotKeeper, type SlotKeeper } from './targets/slots.ts';
import { createTargets } from './targets/targets.ts';
import type { Report } from './report.ts';
import type { Serving } from './serving.ts';
import { viewOf } from './views.ts';

export interface AppOptions {
  readonly env: Environment;
  readonly logger: Logger;
  /** Where the lines about requests go. */
  readonly accessLog: LineWriter;
  /** Who has the places of emulators; this process, unless it shares them with others. */
  readonly keeper?: SlotKeeper;
}

/** A proxy that serves. */
export interface App {
  readonly port: number;
  /** Routes and limits of another file, as a whole, for what comes from now on. */
  change(config: ProxyConfig): void;
  report(): Promise<Report>;
  /** Takes no more connections, serves what is here while the grace lasts, and ends. */
  stop(): Promise<void>;
}

/**
 * Starts a proxy: request → route → body → event → place → invocation → answer.
 * @throws AppError LISTEN_FAILED, CONFIG_INVALID for a certificate or authorities that cannot be used
 */
export async function startApp(config: ProxyConfig, options: AppOptions): Promise<App> {
  const { env, logger, accessLog, keeper = createSlotKeeper(systemClock) } = options;
  const lambda = await createLambdaInvoker({ clock: systemClock, random: systemRandom, ...caFileIn(env) });
  const targets = createTargets(keeper, lambda);
  const routes = new RouteSet(targets);
  const followed = followRoutes(config, routes, logger);
  const background = new Background();
  let settings = settingsOf(config);
  const metrics = createMetrics({
    connections: () => server.connections,
    usage: () => routes.usage(),
    sources: () => followed.states(),
  });
  const records = createRecords(metrics, accessLog, logger, () => settings.accessLog);
  const world = worldOf(() => settings, routes, records, background);
  const onRenewed = (pair: TlsPair): void => server.certify(pair);
  const tls = config.tls && (await openTlsFiles(config.tls, { onRenewed, logger }));
  const server = await startProxyServer({
    listen: config.listen,
    limits: config.limits,
    certificate: tls?.current(),
    serve: (incoming, outgoing) => forward(world, incoming, outgoing),
    refused: records.refused,
  });
  let [isReady, isStopping] = [false, false];
  void followed.ready().then(() => (isReady = true));
  return {
    port: server.port,
    change: (changed) => {
      settings = settingsOf(changed);
      followed.follow(changed);
      server.limit(changed.limits);
    },
    report: async () => ({
      ready: isReady && !isStopping,
      routes: routes.usage().map(({ route, usage }) => viewOf(route, usage)),
      metrics: await metrics.json(),
    }),
    stop: async () => {
      isStopping = true;
      followed.close();
      tls?.close();
      await within(
        settings.limits.graceMs,
        server.drain().then(() => background.ended()),
      );
      await server.end();
      await targets.close();
    },
  };
}

function followRoutes(config: ProxyConfig, routes: RouteSet, logger: Logger): FollowedRoutes {
  const followed = new FollowedRoutes({
    logger,
    connect: ({ settings }) => connectConsul(settings, consulSettingNames, systemRandom),
    onRoutes: (specs) => routes.replace(specs),
  });
  followed.follow(config);
  return followed;
}

function worldOf(
  settings: () => Settings,
  routes: RouteSet,
  records: Records,
  background: Background,
): World {
  return {
    get limits() {
      return settings().limits;
    },
    isTrusted: (address) => settings().isTrusted(address),
    match: (host, path) => routes.match(host, path),
    internalAnswer: (method, path) => settings().internalAnswer(method, path),
    ended: records.ended,
    goesOn: (exchange, call) =>
      background.add(call, (error) => records.failedLater(exchange, asFailure(error))),
  };
}

/** Serves with this process alone. */
export async function serveAlone(config: ProxyConfig, options: AppOptions): Promise<Serving> {
  const app = await startApp(config, options);
  return {
    port: app.port,
    change: (_file, changed) => app.change(changed),
    reports: async () => [await app.report()],
    stop: () => app.stop(),
  };
}

/** The SDKs of AWS trust the authorities in this file too. */
function caFileIn({ AWS_CA_BUNDLE: caFile }: Environment): { caFile?: string } {
  return caFile ? { caFile } : {};
}

/** What of a file counts for each request. */
interface Settings extends Pick<World, 'limits' | 'isTrusted' | 'internalAnswer'> {
  readonly accessLog: boolean;
}

function settingsOf(config: ProxyConfig): Settings {
  return {
    limits: config.limits,
    isTrusted: trustOf(config.trustedProxies),
    internalAnswer: internalAnswers(config),
    accessLog: config.accessLog,
  };
}

/** Waits for `work`, but not for longer than `ms` milliseconds. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const time = new AbortController();
  await Promise.race([work, systemClock.sleep(ms, time.signal).catch(() => undefined)]);
  time.abort();
}
