import { type TestRegistry, tableName } from './registry.ts';

/** What a registry that skips bad candidates answers with. */
export interface Skipped {
  readonly status: number;
  /** Names of the services with the ids of their containers. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  /** `service/id` */
  readonly unknown: readonly string[];
  readonly header: string | undefined;
  readonly rejected: readonly { readonly field: string; readonly message: string }[];
}

/** Posts a payload without `host`, unless it has one, and gives the answer in short. */
export async function postTo(registry: TestRegistry, payload: object): Promise<Skipped> {
  const body = { table: tableName, running: [], ...payload };
  const answer = await registry.send('POST', '/generate', { body, headers: { accept: 'application/json' } });
  const { services, unknown, rejected } = JSON.parse(answer.body.toString()) as {
    services: { serviceName: string; containers: { id: string }[] }[];
    unknown: { serviceName: string; id: string }[];
    rejected: Skipped['rejected'];
  };
  return {
    status: answer.status,
    services: Object.fromEntries(
      services.map(({ serviceName, containers }) => [serviceName, containers.map(({ id }) => id)]),
    ),
    unknown: unknown.map(({ serviceName, id }) => `${serviceName}/${id}`),
    header: answer.headers['x-rejected'],
    rejected,
  };
}
