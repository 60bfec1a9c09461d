import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import type { Report } from '../../registrator/model/report.ts';
import type { SandboxAws } from '../aws/server.ts';
import { sandboxCredentials } from '../functions.ts';
import { type LambdaFunction, startLambda } from '../lambda.ts';
import type { CatalogRow } from './catalog.ts';

/** What one event came to. */
export interface Reconciled {
  /** The API call that was recorded, as `TagResource20170331v2`; undefined for a schedule. */
  readonly call: string | undefined;
  /** What the registrator answered, the catalog as it was told last, and after it; or what went wrong. */
  readonly outcome:
    | {
        readonly report: Report;
        readonly before: readonly CatalogRow[];
        readonly catalog: readonly CatalogRow[];
      }
    | Error;
}

/** The built registrator between AWS and Consul: every change of a function reaches it as an event. */
export interface Registrator {
  /** Hands it a scheduled event, and resolves with what came of it. */
  sync(): Promise<Reconciled>;
  /** Resolves when every event so far has been dealt with and told of, with what the last one came to. */
  settled(): Promise<Reconciled | undefined>;
  close(): Promise<void>;
}

export interface RegistratorOptions {
  readonly aws: SandboxAws;
  /** `http://host:port` of Consul. */
  readonly consul: string;
  /** URL of the built registrator, and file of the built `lambda-host.ts`. */
  readonly bundle: string;
  readonly lambdaHost: string;
  readCatalog(): Promise<CatalogRow[]>;
  onReconciled(reconciled: Reconciled): void;
}

/** Lambda invokes a function twice more for an event that it failed for; there after one and two minutes. */
const attempts = 3;
const retryAfterMs = 500;

/** Starts it with the variables that its Terraform module sets, and those that keep it from any real account. */
export function startRegistrator(options: RegistratorOptions): Registrator {
  const { aws, bundle, lambdaHost: host, consul } = options;
  const { account, region } = aws.world;
  const lambda = startLambda({
    host,
    bundle,
    functionArn: `arn:aws:lambda:${region}:${account}:function:lambda-registrator`,
    env: { CONSUL_HTTP_ADDR: consul, ...awsEnvironment(aws) },
  });
  let known: readonly CatalogRow[] = [];
  let last: Promise<Reconciled | undefined> = Promise.resolve(undefined);
  const reconcile = async (event: unknown): Promise<Reconciled['outcome']> => {
    try {
      const report = await invoke(lambda, event);
      const before = known;
      known = await options.readCatalog();
      return { report, before, catalog: known };
    } catch (error) {
      return error instanceof Error ? error : new Error(messageOf(error));
    }
  };
  /** One event after the other, in the order of their arrival. */
  const handle = (event: unknown, call: string | undefined): Promise<Reconciled> => {
    const reconciled = last.then(async () => {
      const one = { call, outcome: await reconcile(event) };
      options.onReconciled(one);
      return one;
    });
    last = reconciled;
    return reconciled;
  };
  const stopListening = aws.onEvent(
    (event) => void handle(event, (event['detail'] as { eventName: string }).eventName),
  );
  return {
    sync: () => handle({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }, undefined),
    settled: () => last,
    close: async () => {
      stopListening();
      await lambda.close();
    },
  };
}

async function invoke(lambda: LambdaFunction, event: unknown, attempt = 1): Promise<Report> {
  try {
    return (await lambda.invoke(event)) as Report;
  } catch (error) {
    if (attempt === attempts) throw error;
    await sleep(retryAfterMs);
    return invoke(lambda, event, attempt + 1);
  }
}

/** What leads SDKs to the sandbox and to no real account. */
export function awsEnvironment({ url, world }: SandboxAws): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: world.region,
    AWS_ACCESS_KEY_ID: sandboxCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandboxCredentials.secretAccessKey,
  };
}
