import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { readTokenFile } from '../../config/consul-options.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { endpointText } from '../../core/network/addresses.ts';
import type { Secret } from '../../core/secret.ts';
import { type HttpListener, startHttpListener } from '../../daemon/http-listener.ts';
import type { AgentConfig } from '../config.ts';
import { adminPages } from './http/admin-pages.ts';
import type { ApplyRecords } from './apply-records.ts';
import { Feed } from './http/feed.ts';
import { createHealth, type Health } from './health.ts';
import { logNews } from './news.ts';
import { addHealthPages, readOnlyPages } from './http/pages.ts';
import { createStateMetrics } from './state-metrics.ts';
import type { Status } from './status.ts';
import { serversQuestion, statusOf } from './status-of.ts';
import type { Subject } from './subject.ts';

export interface ToldOptions {
  readonly subject: Omit<Subject, 'changes'>;
  /** Hears of every change. */
  readonly records: ApplyRecords;
  readonly config: Pick<AgentConfig, 'health' | 'admin'> & {
    readonly haproxy: Pick<AgentConfig['haproxy'], 'config'>;
  };
  /** The status page as one HTML file. */
  readonly page: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What tells of an agent. */
export interface Told {
  readonly healthPort: number;
  /** Undefined where nobody wants the pages. */
  readonly adminPort: number | undefined;
  status(): Promise<Status>;
  close(): Promise<void>;
}

/**
 * Tells of an agent from now on: to orchestrators, to those who run it, and in the log.
 * @throws AppError LISTEN_FAILED; CONFIG_INVALID where the file of the token cannot be read
 */
export async function startTold(options: ToldOptions): Promise<Told> {
  const { records, config, logger, clock } = options;
  const subject: Subject = { ...options.subject, changes: () => records.changes };
  const token = config.admin && tokenOf(config.admin);
  const health = createHealth(subject, config.health.sourceFailures, clock);
  const servers = serversQuestion(subject, clock);
  const status = async () => statusOf(subject, await servers());
  const feed = new Feed({ status, clock, logger });
  const metrics = Registry.merge([records.metrics.registry, createStateMetrics(subject, servers)]);
  const healthListener = await startHealthListener(config.health, health, logger);
  let adminListener: HttpListener | undefined;
  try {
    const view = { health, status, feed, metrics: () => metrics.metrics(), page: options.page };
    const pages = adminPages({ ...view, configFile: config.haproxy.config }, token, logger);
    adminListener = config.admin && (await startHttpListener(config.admin.bind, pages));
  } catch (error) {
    await healthListener.close();
    throw error;
  }
  const endNews = logNews(subject, logger, clock);
  records.whenChanged(() => feed.look());
  announce(config, healthListener, adminListener, logger);
  return {
    healthPort: healthListener.port,
    adminPort: adminListener?.port,
    status,
    close: async () => {
      endNews();
      feed.close();
      await Promise.all([healthListener.close(), adminListener?.close()]);
    },
  };
}

function startHealthListener(
  { bind }: AgentConfig['health'],
  health: Health,
  logger: Logger,
): Promise<HttpListener> {
  const pages = readOnlyPages(logger);
  addHealthPages(pages, health, ['/', '/healthz']);
  return startHttpListener(bind, pages);
}

function tokenOf({ token, tokenFile }: NonNullable<AgentConfig['admin']>): Secret | undefined {
  if (tokenFile === undefined) return token;
  const read = readTokenFile(tokenFile, (file) => readFileSync(file, 'utf8'));
  if (!read.ok) throw new AppError('CONFIG_INVALID', `admin.token_file: ${read.problem}`);
  return read.value;
}

function announce(
  { health, admin }: ToldOptions['config'],
  healthListener: HttpListener,
  adminListener: HttpListener | undefined,
  logger: Logger,
): void {
  logger.info({}, `health listening on ${endpointText({ ...health.bind, port: healthListener.port })}`);
  if (admin && adminListener) {
    logger.info({}, `admin listening on ${endpointText({ ...admin.bind, port: adminListener.port })}`);
  }
}
