import type { Logger } from '../../core/logger.ts';
import { accessLine, type LineWriter, refusedLine, statusOf } from './access-log.ts';
import { type Failure, failures } from '../failures.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { Metrics } from './metrics.ts';

/** Keeps account of requests, in log and metrics. */
export interface Records {
  /** A request has been answered, or was given up. */
  readonly ended: (exchange: Exchange) => void;
  /** What a client sent was no request. */
  readonly refused: (failure: Failure, sourceIp: string) => void;
  /** A call failed after its client had been answered. */
  failedLater(exchange: Exchange, failure: Failure): void;
}

/** The route of requests that have none, in metrics. */
const noRoute = 'none';

/** @param isLogged whether requests have lines in the access log at this moment */
export function createRecords(
  metrics: Metrics,
  accessLog: LineWriter,
  logger: Logger,
  isLogged: () => boolean,
): Records {
  return {
    ended: (exchange) => {
      const { route, failure, started } = exchange;
      const label = route?.label ?? noRoute;
      metrics.answered(label, statusOf(exchange), (performance.now() - started) / 1000);
      if (route && failure) metrics.failed(label, failure.kind);
      if (failure?.kind === 'internal')
        logger.error({ request_id: exchange.requestId, err: failure.cause }, 'defect');
      if (isLogged()) accessLog.write(accessLine(exchange));
    },
    refused: (failure, sourceIp) => {
      metrics.answered(noRoute, failures[failure.kind].status, 0);
      if (isLogged()) accessLog.write(refusedLine(failure, sourceIp));
    },
    failedLater: ({ requestId, traceId, route }, { kind, message }) => {
      const label = route?.label ?? noRoute;
      metrics.failed(label, kind);
      logger.warn(
        { request_id: requestId, trace_id: traceId, route: label, error: kind, detail: message },
        'asynchronous call failed',
      );
    },
  };
}
