import { createLambdaInvoker } from '../aws/invoke/lambda.ts';
import type { Environment } from '../config/options.ts';
import { systemClock } from '../core/clock.ts';
import { within } from '../core/deadline.ts';
import { systemRandom } from '../core/random.ts';
import { openTlsFiles } from '../daemon/tls-files.ts';
import type { Logger } from '../core/logger.ts';
import type { LineWriter } from './told/access-log.ts';
import { Background } from './background.ts';
import { asFailure } from './failures.ts';
import { forward, type World } from './forward/forward.ts';
import { trustOf } from './forward/peer.ts';
import { internalAnswers } from './internal.ts';
import { createMetrics } from './told/metrics.ts';
import { createRecords, type Records } from './told/records.ts';
import { RouteSet } from './routes/route-set.ts';
import { type ProxyServer, type ServerOptions, startProxyServer } from './server.ts';
import { createSlotKeeper, type SlotKeeper } from './targets/slots.ts';
import { createTargets } from './targets/targets.ts';
import type { ServedConfig, Serving } from './serving.ts';
import { viewOf } from './told/views.ts';

export interface AppOptions {
  readonly env: Environment;
  readonly logger: Logger;
  /** Where the lines about requests go. */
  readonly accessLog: LineWriter;
  /** Who has the places of emulators; this process, unless it shares them with others. */
  readonly keeper?: SlotKeeper;
}

/**
 * Starts a proxy in this process: request → route → body → event → place → invocation → answer.
 * @throws AppError LISTEN_FAILED, CONFIG_INVALID for a certificate or authorities that cannot be used
 */
export async function startApp(config: ServedConfig, options: AppOptions): Promise<Serving> {
  const { env, logger, accessLog, keeper = createSlotKeeper(systemClock) } = options;
  const lambda = await createLambdaInvoker({ clock: systemClock, random: systemRandom, ...caFileIn(env) });
  const targets = createTargets(keeper, lambda);
  const routes = new RouteSet(targets);
  routes.replace(config.routes);
  const background = new Background();
  let settings = settingsOf(config);
  const metrics = createMetrics({
    connections: () => listener.server.connections,
    usage: () => routes.usage(),
  });
  const records = createRecords(metrics, accessLog, logger, () => settings.accessLog);
  const world = worldOf(() => settings, routes, records, background);
  const listener = await listen(config, logger, {
    serve: (incoming, outgoing) => forward(world, incoming, outgoing),
    refused: records.refused,
  }).catch(async (error: unknown) => {
    await targets.close();
    throw error;
  });
  const { server } = listener;
  let isStopping = false;
  return {
    port: server.port,
    change: (changed) => {
      settings = settingsOf(changed);
      routes.replace(changed.routes);
      server.limit(changed.limits);
    },
    report: async () => ({
      ready: !isStopping,
      routes: routes.usage().map(({ route, usage }) => viewOf(route, usage)),
      metrics: await metrics.json(),
    }),
    stop: async () => {
      isStopping = true;
      listener.forgetFiles();
      const drained = server.drain().then(() => background.ended());
      await within(systemClock, settings.limits.graceMs, drained);
      await server.end();
      await targets.close();
    },
  };
}

interface Listener {
  readonly server: ProxyServer;
  /** Certificates are renewed no more. */
  forgetFiles(): void;
}

/** Listens, with the certificate of the moment where there is one. Nothing is left open when it fails. */
async function listen(
  { listen: endpoint, limits, tls: files }: ServedConfig,
  logger: Logger,
  handlers: Pick<ServerOptions, 'serve' | 'refused'>,
): Promise<Listener> {
  let server: ProxyServer | undefined;
  const tls = files && (await openTlsFiles(files, { onRenewed: (pair) => server?.certify(pair), logger }));
  try {
    server = await startProxyServer({ listen: endpoint, limits, certificate: tls?.current(), ...handlers });
    // They may have been renewed meanwhile.
    if (tls) server.certify(tls.current());
    return { server, forgetFiles: () => tls?.close() };
  } catch (error) {
    tls?.close();
    throw error;
  }
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

/** The SDKs of AWS trust the authorities in this file too. */
function caFileIn({ AWS_CA_BUNDLE: caFile }: Environment): { caFile?: string } {
  return caFile ? { caFile } : {};
}

/** What of a file counts for each request. */
interface Settings extends Pick<World, 'limits' | 'isTrusted' | 'internalAnswer'> {
  readonly accessLog: boolean;
}

function settingsOf(config: ServedConfig): Settings {
  return {
    limits: config.limits,
    isTrusted: trustOf(config.trustedProxies),
    internalAnswer: internalAnswers(config),
    accessLog: config.accessLog,
  };
}
