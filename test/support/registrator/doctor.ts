import type { EventWays } from '../../../src/aws/inspection/api.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { AppError } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { managedTag, metaKeys } from '../../../src/lambda-service/service.ts';
import { readRegistratorConfig } from '../../../src/registrator/config.ts';
import { type Check, examine, type Finding } from '../../../src/registrator/doctor/check.ts';
import { examinations } from '../../../src/registrator/doctor/doctor.ts';
import { type Instruments, subjectOf } from '../../../src/registrator/doctor/subject.ts';
import { emptyReport } from './reports.ts';
import { account, arnOf, createTagWorld, region } from '../aws/tag-world.ts';

/** What time it is in these tests, in milliseconds since 1970. */
export const noon = Date.parse('2026-06-01T12:00:00Z');

/** The mark that our services carry. */
const owner = `${account}/${region}/lambdas`;

/** A service of ours, with more Meta. */
export function ours(name: string, meta: Record<string, string> = {}, arn = arnOf(name)) {
  const Meta = { [metaKeys.owner]: owner, [metaKeys.arn]: arn, ...meta };
  return { ID: name, Service: name, Tags: [managedTag], Meta, ModifyIndex: 1 };
}

/** What AWS denies. */
export function deniedAction(action: string): AppError {
  const details = { error: 'AccessDeniedException', action };
  return new AppError('UPSTREAM_AUTH', `AWS denied ${action}.`, { details });
}

type Overrides = Partial<Omit<Instruments, 'consul' | 'config'>> & {
  env?: Record<string, string>;
  consul?: Partial<Instruments['consul']>;
};

/** Instruments of a world where all is well and only the defaults are used, except for what a test says. */
export function instruments({ env = {}, consul = {}, ...others }: Overrides = {}): Instruments {
  const world = createTagWorld();
  world.set('orders');
  const seen = { filtered: false, defaultPolicy: undefined, anonymous: false };
  return {
    config: readRegistratorConfig({ CONSUL_HTTP_ADDR: 'https://consul.example.com', ...env }),
    home: agentsPlace,
    functions: world.functions,
    parameters: { value: () => Promise.resolve(new Secret('value')) },
    caller: { identity: () => Promise.resolve({ account, partition: 'aws', region }) },
    serverDate: () => Promise.resolve(noon),
    eventWays: () => waysThatWork,
    plan: () => Promise.resolve(emptyReport),
    clock: systemClock,
    now: () => noon,
    ...others,
    consul: {
      nodeServices: () => Promise.resolve({ node: undefined, services: [], ...seen }),
      nodeHasCheck: () => Promise.resolve(false),
      configEntries: () => Promise.resolve([]),
      acceptsEnvoyExtensions: () => Promise.resolve(true),
      greet: () => Promise.resolve({ hasLeader: true, date: noon }),
      certificateEnd: () => Promise.resolve(noon + 100 * 86_400_000),
      permission: () => Promise.resolve('granted'),
      authorityConfiguration: () => Promise.resolve({ kind: 'told', leafTtlMs: 72 * 3_600_000 }),
      datacenters: () => Promise.resolve(['dc1']),
      namespaces: () => Promise.resolve({ kind: 'community' }),
      version: () => Promise.resolve('1.22.0'),
      primaryDatacenter: () => Promise.resolve('dc1'),
      ...consul,
    },
  };
}

const trail = { arn: 'arn:aws:cloudtrail:eu-west-1:123456789012:trail/all', name: 'all' };
const rule = { name: 'lambda-events', pattern: '{"source":["aws.lambda"]}', enabled: true };

const waysThatWork: EventWays = {
  trails: () => Promise.resolve([trail]),
  isLogging: () => Promise.resolve(true),
  selectors: () => Promise.resolve({ basic: [], advanced: [] }),
  rules: () => Promise.resolve([rule]),
  matches: () => Promise.resolve(true),
  targets: () => Promise.resolve([arnOf('registrator')]),
  close: () => Promise.resolve(),
};

/** Consul's answer of our node with `services`. */
export function nodeWith(services: ReturnType<typeof ours>[]): Pick<Instruments['consul'], 'nodeServices'> {
  const node = { Node: 'lambdas', Address: '', Meta: { 'external-node': 'true' }, ModifyIndex: 1 };
  const hints = { filtered: false, defaultPolicy: undefined, anonymous: false };
  return { nodeServices: () => Promise.resolve({ node, services, ...hints }) };
}

/** What the examination of that name finds, by itself. */
export async function finding(name: string, overrides: Overrides = {}): Promise<Finding> {
  const examination = examinations.filter((one) => one.name === name).map((one) => ({ ...one, needs: [] }));
  const [check] = await examine(subjectOf(instruments(overrides)), examination, () => {});
  if (check === undefined) throw new Error(`There is no check ${name}.`);
  return check;
}

/** Every line but that of the environment. */
export function allChecks(overrides: Overrides = {}): Promise<Check[]> {
  return examine(subjectOf(instruments(overrides)), examinations, () => {});
}

/** A call that fails. */
export function rejecting(reason: Error): () => Promise<never> {
  return async () => {
    throw reason;
  };
}
