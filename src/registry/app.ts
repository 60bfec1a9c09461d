import type { Deadline } from '../core/deadline.ts';
import { isAppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { knowsTls } from '../haproxy/assembly.ts';
import type { Presentation } from './config-file/table-config.ts';
import type { RegistryConfig } from './config.ts';
import { type Answer, callersError, problemAnswer, responseOf } from './http/answers.ts';
import { type Call, checkTable, endpoints } from './http/endpoints.ts';
import { readPayload } from './payload.ts';
import type { Preview, Registry } from './registry.ts';

/** Whether an answer can be sent. */
export type Fits = (answer: Answer) => boolean;

interface AppParts {
  registry: Registry;
  config: RegistryConfig;
  logger: Logger;
  /** Absent: any answer can be sent. */
  fits?: Fits;
}

export interface App {
  /** Answers a request; whatever goes wrong is an answer too. */
  answer(request: Request, call: Call): Promise<Response>;
  /**
   * The configuration for a payload without HTTP around it.
   * @throws AppError with what an HTTP caller is told
   */
  generate(payload: unknown, deadline: Deadline): Promise<string>;
}

/** The registry as its callers meet it: over HTTP, or with a bare payload. */
export function createApp({ registry, config, logger, fits = () => true }: AppParts): App {
  async function accept(value: unknown, deadline: Deadline, preview?: Preview): Promise<Presentation> {
    const payload = readPayload(value, knowsTls(config), config.badCandidates);
    checkTable(payload.table, config.tables);
    const presentation = await registry.accept(payload, deadline, preview);
    note(logger, presentation);
    return presentation;
  }

  const routes = endpoints({ registry, config, accept, fits }).onError((error) => {
    logFailure(logger, error);
    return responseOf(problemAnswer(error));
  });
  return {
    answer: async (request, call) => routes.fetch(request, call),

    async generate(payload, deadline) {
      try {
        return (await accept(payload, deadline)).config;
      } catch (error) {
        logFailure(logger, error);
        throw callersError(error);
      }
    },
  };
}

/** How many entries of a list one line of the log holds. */
const mostLogged = 20;

function note(logger: Logger, { unknown, conflicts, servedPlain, rejected = [] }: Presentation): void {
  if (rejected.length > 0) {
    logger.warn({ rejected: rejected.slice(0, mostLogged) }, 'left out of a payload');
  }
  if (unknown.length > 0) {
    logger.warn({ unknown: unknown.slice(0, mostLogged) }, 'containers of unknown services');
  }
  if (conflicts.length > 0) {
    logger.warn({ conflicts: conflicts.slice(0, mostLogged) }, 'routes claimed by several services');
  }
  if (servedPlain.length > 0) {
    const services = servedPlain.slice(0, mostLogged);
    logger.warn({ services }, 'served in the clear, since neither TLS_BIND nor TRUSTED_PROXIES is set');
  }
}

/** The caller's own faults are news, not failures. */
function logFailure(logger: Logger, error: unknown): void {
  if (isAppError(error) && error.status < 500) {
    const { code, status, message, faults } = error;
    logger.info({ code, status, errors: faults.slice(0, mostLogged) }, message.split('\n', 1)[0] ?? code);
  } else if (isAppError(error)) {
    logger.error({ code: error.code, ...error.details, error: error.message }, 'request failed');
  } else {
    logger.error({ error: error instanceof Error ? error.stack : messageOf(error) }, 'request failed');
  }
}
