import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { Deadline } from '../../core/deadline.ts';
import type { AppError } from '../../core/errors.ts';
import { rememberingLast } from '../../core/remember.ts';
import type { RegistryConfig } from '../config.ts';
import type { Presentation } from '../config-file/table-config.ts';
import { refusal } from '../refusal.ts';
import type { Preview, Registry } from '../registry.ts';
import { type Answer, configurationAnswer, jsonAnswer, problemAnswer, responseOf } from './answers.ts';

/** What is known of a request beside the request itself. */
export interface Call {
  /** The path of the resource as its bytes came, without stage and base path. */
  path: string;
  deadline: Deadline;
}

interface Environment {
  Bindings: Call;
}
type Handler = (context: Context<Environment>) => Promise<Answer>;
type Methods = Partial<Record<'GET' | 'POST' | 'DELETE', Handler>>;

interface Parts {
  registry: Registry;
  config: RegistryConfig;
  /** Stores a payload as it came. */
  accept: (payload: unknown, deadline: Deadline, preview: Preview) => Promise<Presentation>;
  /** Whether an answer can be sent. */
  fits: (answer: Answer) => boolean;
}

/**
 * Who answers what; HEAD is a GET, one slash at the end of a path does not count, and names in paths may be
 * percent-encoded. Whatever goes wrong is thrown, for the result's `onError`.
 */
export function endpoints(parts: Parts): Hono<Environment> {
  const app = new Hono<Environment>({ getPath: (_request, options) => options?.env?.path ?? '/' });
  const known = resources(parts);
  for (const [path, methods] of Object.entries(known)) {
    for (const [method, handler] of Object.entries(methods)) {
      app.on(method, path, async (context) => responseOf(await handler(context)));
    }
    app.all(path, ({ req }) => responseOf(methodNotAllowed(req.raw.method, req.path, methods)));
  }
  return app.notFound((context) => {
    throw nothingAt(context, `it answers at ${Object.keys(known).join(', ')}`);
  });
}

function resources({ registry, config, accept, fits }: Parts): Record<string, Methods> {
  const view = (context: Context<Environment>): Promise<Presentation> =>
    registry.view(tableOf(context, config.tables), context.env.deadline);
  const configuration = ({ req }: Context<Environment>, outcome: Presentation): Answer =>
    requireFit(configurationAnswer(req.raw.headers, config.defaultAnswer, outcome), fits);
  const json = (value: unknown): Answer => requireFit(jsonAnswer(200, value), fits);

  return {
    '/generate': {
      async POST(context) {
        const answerWith = rememberingLast((outcome: Presentation) => configuration(context, outcome));
        const preview = (outcome: Presentation): void => void answerWith(outcome);
        return answerWith(await accept(parsed(await context.req.text()), context.env.deadline, preview));
      },
    },
    '/config': { GET: async (context) => configuration(context, await view(context)) },
    '/services': { GET: async (context) => json({ services: (await view(context)).services }) },
    '/services/:name': {
      async GET(context) {
        const name = context.req.param('name');
        const service = (await view(context)).services.find(({ serviceName }) => serviceName === name);
        if (!service) throw nothingAt(context, noService);
        return json(service);
      },
      async DELETE(context) {
        const name = context.req.param('name') ?? '';
        const existed = await registry.forget(tableOf(context, config.tables), name, context.env.deadline);
        if (!existed) throw nothingAt(context, noService);
        return { status: 204, headers: {}, body: '' };
      },
    },
    '/healthz': { GET: async () => json({ status: 'ok' }) },
  };
}

/**
 * Gives the answer back.
 * @throws AppError TOO_LARGE when it cannot be sent
 */
function requireFit(answer: Answer, fits: Parts['fits']): Answer {
  if (fits(answer)) return answer;
  throw refusal('TOO_LARGE', 'The answer is larger than can be sent; ask for text/plain, or for gzip');
}

/** @throws AppError TABLE_FORBIDDEN without saying which tables there are */
export function checkTable(table: string, tables: readonly string[]): void {
  if (tables.includes(table)) return;
  throw refusal('TABLE_FORBIDDEN', 'This table is not among those that may be used');
}

function tableOf({ req }: Context<Environment>, tables: readonly string[]): string {
  const [only, ...others] = tables;
  const named = req.query('table') ?? (others.length === 0 ? only : undefined);
  if (named === undefined) {
    const message = 'is required';
    throw refusal('PAYLOAD_INVALID', 'The request is invalid', [{ field: 'table', message }]);
  }
  checkTable(named, tables);
  return named;
}

const noService = 'its table has no service of this name';

function nothingAt({ req }: Context<Environment>, instead: string): AppError {
  const title = `The registry has nothing for ${req.raw.method} ${req.path}: ${instead}`;
  return refusal('RESOURCE_UNKNOWN', title);
}

function methodNotAllowed(method: string, path: string, methods: Methods): Answer {
  const allow = [...Object.keys(methods), ...(methods.GET ? ['HEAD'] : [])].join(', ');
  const problem = problemAnswer(
    refusal('METHOD_NOT_ALLOWED', `${method} is not allowed at ${path}, only ${allow}`),
  );
  return { ...problem, headers: { ...problem.headers, allow } };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw refusal('PAYLOAD_INVALID', 'The payload is invalid', [
      { field: 'payload', message: 'must be JSON' },
    ]);
  }
}
