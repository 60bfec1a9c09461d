import type { Deadline } from '../core/deadline.ts';
import { isAppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { problemAnswer, refusalFor } from './http/answers.ts';
import { type RegistryConfig, knowsTls } from './config.ts';
import type { HttpAnswer, HttpRequest } from './http/messages.ts';
import { readPayload } from './payload.ts';
import type { Presentation } from './config-file/table-config.ts';
import { Refusal } from './http/http-error.ts';
import type { Admission } from './config-file/admission.ts';
import type { Registry } from './registry.ts';
import { allowed, handlerFor, resourcesOf } from './http/endpoints.ts';

/** Whether an answer can be sent. */
export type Fits = (answer: HttpAnswer) => boolean;

export interface AppParts {
  readonly registry: Registry;
  readonly config: RegistryConfig;
  readonly logger: Logger;
  readonly fits?: Fits;
}

export interface App {
  /** Answers a request; whatever goes wrong is an answer too. */
  answer(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer>;
  /**
   * The configuration for a payload without HTTP around it.
   * @throws Refusal with what an HTTP caller is told
   */
  generate(payload: unknown, deadline: Deadline): Promise<string>;
}

export function createApp({ registry, config, logger, fits = () => true }: AppParts): App {
  async function accept(value: unknown, deadline: Deadline, admit?: Admission): Promise<Presentation> {
    const payload = readPayload(value, knowsTls(config), config.badCandidates);
    allowed(payload.table, config.tables);
    const presentation = await registry.accept(payload, deadline, admit);
    note(logger, presentation);
    return presentation;
  }

  function fitting(answer: HttpAnswer): HttpAnswer {
    if (fits(answer)) return answer;
    throw new Refusal(413, 'The answer is larger than can be sent; ask for text/plain, or for gzip');
  }

  const resources = resourcesOf({ registry, config, accept, fitting });
  return {
    async answer(request, deadline) {
      try {
        const { handler, name } = handlerFor(resources, request);
        const answer = fitting(await handler({ request, deadline, name }));
        return request.method === 'HEAD' ? { ...answer, body: '' } : answer;
      } catch (error) {
        logFailure(logger, error);
        return problemAnswer(error);
      }
    },

    async generate(payload, deadline) {
      try {
        return (await accept(payload, deadline)).config;
      } catch (error) {
        logFailure(logger, error);
        throw error instanceof Refusal ? error : refusalFor(error);
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

function logFailure(logger: Logger, error: unknown): void {
  if (error instanceof Refusal) {
    logger.info({ status: error.status, errors: error.errors.slice(0, mostLogged) }, error.title);
  } else if (isAppError(error)) {
    logger.error({ code: error.code, ...error.details, error: error.message }, 'request failed');
  } else {
    logger.error({ error: error instanceof Error ? error.stack : messageOf(error) }, 'request failed');
  }
}
