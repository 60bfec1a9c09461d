import { randomUUID } from 'node:crypto';
import { emptyCloudMap, type SandboxCloudMap } from './cloud-map/model.ts';

/** One account in one region: what the services of the sandbox read and change. Tests may too. */
export interface World {
  account: string;
  region: string;
  partition: string;
  /** By name. */
  functions: Map<string, SandboxFunction>;
  /** By name, oldest version first. */
  parameters: Map<string, SandboxParameter[]>;
  /** Ids, aliases and ARNs of the KMS keys that there are. */
  keys: Set<string>;
  /** Roles that anybody may assume, by ARN, who knows the external ID where there is one. */
  roles: Map<string, { externalId?: string }>;
  cloudMap: SandboxCloudMap;
}

/** One call of a function, as its code sees it. */
interface Invocation {
  event: Buffer;
  traceId: string;
}

/** A function's answer, whole or in parts. */
export type FunctionAnswer = string | Buffer | AsyncIterable<string | Buffer>;

/** What a function does: it gives its answer, or throws what it failed with. */
export type FunctionCode = (invocation: Invocation) => FunctionAnswer | Promise<FunctionAnswer>;

export interface SandboxFunction {
  arn: string;
  tags: Record<string, string>;
  /** The tagging API also lists what has lost its last tag. */
  everTagged: boolean;
  configuration: FunctionConfiguration;
  /** Published versions, "1" first. */
  versions: FunctionConfiguration[];
  aliases: Map<string, SandboxAlias>;
  /** Stands for all versions; a function without it fails as one with an empty zip does. */
  code?: FunctionCode;
}

/** As Lambda shows it. */
export interface FunctionConfiguration {
  FunctionName: string;
  FunctionArn: string;
  Version: string;
  Role: string;
  Runtime?: string | undefined;
  Handler?: string | undefined;
  Description: string;
  Timeout: number;
  MemorySize: number;
  CodeSize: number;
  CodeSha256: string;
  LastModified: string;
  RevisionId: string;
  PackageType: 'Zip' | 'Image';
  Architectures: string[];
  Environment?: { Variables: Record<string, string> } | undefined;
  State: 'Pending' | 'Active';
  LastUpdateStatus: 'InProgress' | 'Successful';
}

export interface SandboxAlias {
  AliasArn: string;
  Name: string;
  FunctionVersion: string;
  Description: string;
  RevisionId: string;
}

export interface SandboxParameter {
  name: string;
  type: 'String' | 'StringList' | 'SecureString';
  value: string;
  tier: 'Standard' | 'Advanced';
  version: number;
  modified: Date;
}

/** The account's own key for Parameter Store, which encrypts where no other one is named. */
export const accountKey = 'alias/aws/ssm';

export function emptyWorld(account: string, region: string): World {
  const [, partition = 'aws'] = partitions.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return {
    account,
    region,
    partition,
    functions: new Map(),
    parameters: new Map(),
    keys: new Set([accountKey]),
    roles: new Map(),
    cloudMap: emptyCloudMap(),
  };
}

/** Of regions outside the commercial partition, by the beginning of their names. */
const partitions: readonly (readonly [regionPrefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
];

export function arnOf(world: World, service: string, resource: string): string {
  return `arn:${world.partition}:${service}:${world.region}:${world.account}:${resource}`;
}

/** Adds a function, ready to be listed and read, without code. */
export function addFunction(
  world: World,
  name: string,
  tags: Record<string, string> = {},
  configured: Partial<FunctionConfiguration> = {},
): SandboxFunction {
  const arn = arnOf(world, 'lambda', `function:${name}`);
  const added: SandboxFunction = {
    arn,
    tags,
    everTagged: Object.keys(tags).length > 0,
    configuration: {
      FunctionName: name,
      FunctionArn: arn,
      Version: '$LATEST',
      Role: `arn:${world.partition}:iam::${world.account}:role/sandbox`,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Description: '',
      Timeout: 3,
      MemorySize: 128,
      CodeSize: 0,
      CodeSha256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
      LastModified: lambdaTime(),
      RevisionId: randomUUID(),
      PackageType: 'Zip',
      Architectures: ['x86_64'],
      State: 'Active',
      LastUpdateStatus: 'Successful',
      ...configured,
    },
    versions: [],
    aliases: new Map(),
  };
  world.functions.set(name, added);
  return added;
}

/** Now, as Lambda writes it: `2026-11-20T09:14:03.127+0000`. */
export function lambdaTime(): string {
  return new Date().toISOString().replace('Z', '+0000');
}
