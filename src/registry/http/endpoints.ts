import type { Deadline } from '../../core/deadline.ts';
import { configurationAnswer, jsonAnswer } from './answers.ts';
import type { RegistryConfig } from '../config.ts';
import type { HttpAnswer, HttpRequest } from './messages.ts';
import type { Presentation } from '../config-file/table-config.ts';
import { Refusal } from './http-error.ts';
import type { Admission } from '../config-file/admission.ts';
import type { Registry } from '../registry.ts';

interface Call {
  readonly request: HttpRequest;
  readonly deadline: Deadline;
  /** The service that the path names. */
  readonly name: string;
}

type Handler = (call: Call) => Promise<HttpAnswer>;

/** What the registry answers at one path. */
export interface Resource {
  readonly path: RegExp;
  readonly methods: Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', Handler>>>;
}

interface Parts {
  readonly registry: Registry;
  readonly config: RegistryConfig;
  /** Stores a payload as it came. */
  readonly accept: (payload: unknown, deadline: Deadline, admit: Admission) => Promise<Presentation>;
  /**
   * Gives the answer back.
   * @throws Refusal 413 when it is too large to be sent
   */
  readonly fitting: (answer: HttpAnswer) => HttpAnswer;
}

export function resourcesOf({ registry, config, accept, fitting }: Parts): Resource[] {
  const view = ({ request, deadline }: Call): Promise<Presentation> =>
    registry.view(tableOf(request, config.tables), deadline);

  return [
    {
      path: /^\/generate$/,
      methods: {
        async POST({ request, deadline }) {
          const answerWith = (presentation: Presentation): HttpAnswer =>
            configurationAnswer(request, config.defaultAnswer, presentation);
          const admit = (outcome: Presentation): void => void fitting(answerWith(outcome));
          return answerWith(await accept(parsed(request.body), deadline, admit));
        },
      },
    },
    {
      path: /^\/config$/,
      methods: {
        GET: async (call) => configurationAnswer(call.request, config.defaultAnswer, await view(call)),
      },
    },
    {
      path: /^\/services$/,
      methods: { GET: async (call) => jsonAnswer(200, { services: (await view(call)).services }) },
    },
    {
      path: /^\/services\/(?<name>[^/]+)$/,
      methods: {
        async GET(call) {
          const service = (await view(call)).services.find(({ serviceName }) => serviceName === call.name);
          if (!service) throw notFound();
          return jsonAnswer(200, service);
        },
        async DELETE({ request, deadline, name }) {
          const existed = await registry.forget(tableOf(request, config.tables), name, deadline);
          if (!existed) throw notFound();
          return { status: 204, headers: {}, body: '' };
        },
      },
    },
    { path: /^\/healthz$/, methods: { GET: async () => jsonAnswer(200, { status: 'ok' }) } },
  ];
}

/**
 * Finds who answers a request; HEAD is a GET.
 * @throws Refusal 404 or 405
 */
export function handlerFor(resources: readonly Resource[], { method, path }: HttpRequest) {
  for (const resource of resources) {
    const match = resource.path.exec(path);
    if (!match) continue;
    const handlers = new Map<string, Handler>(Object.entries(resource.methods));
    if (resource.methods.GET) handlers.set('HEAD', resource.methods.GET);
    const handler = handlers.get(method);
    if (!handler) {
      const allow = [...handlers.keys()].join(', ');
      throw new Refusal(405, 'This method is not allowed here', [], { allow });
    }
    return { handler, name: match.groups?.['name'] ?? '' };
  }
  throw notFound();
}

/** @throws Refusal 403 without saying which tables there are */
export function allowed(table: string, tables: readonly string[]): string {
  if (tables.includes(table)) return table;
  throw new Refusal(403, 'This table is not among those that may be used');
}

function tableOf({ query }: HttpRequest, tables: readonly string[]): string {
  const [only, ...others] = tables;
  const named = query.get('table') ?? (others.length === 0 ? only : undefined);
  if (named !== undefined) return allowed(named, tables);
  throw new Refusal(400, 'The request is invalid', [{ field: 'table', message: 'is required' }]);
}

function notFound(): Refusal {
  return new Refusal(404, 'There is no such thing here');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'The payload is invalid', [{ field: 'payload', message: 'must be JSON' }]);
  }
}
