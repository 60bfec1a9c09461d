import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda';
import { tagPrefix } from '../lambda-service/tags.ts';

/** Changes Lambda functions of the sandbox as any user would: through the AWS SDK. */
export interface SandboxFunctions {
  create(name: string, tags: Readonly<Record<string, string>>): Promise<void>;
  tag(name: string, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(name: string, keys: readonly string[]): Promise<void>;
  remove(name: string): Promise<void>;
  close(): void;
}

/** Credentials that open no real account. */
export const sandboxCredentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

/** Calls are throttled and dropped at times, as `sandbox faults` says. */
const maxAttempts = 8;

/** A zip that holds no file: the sandbox has code of its own for every function. */
const emptyZip = Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)]);

/** Tag keys are given without the registrator's prefix, or whole when they have a slash. */
export function createSandboxFunctions({
  endpoint,
  region,
}: {
  endpoint: string;
  region: string;
}): SandboxFunctions {
  const client = new LambdaClient({ endpoint, region, credentials: sandboxCredentials, maxAttempts });
  const arnOf = async (FunctionName: string): Promise<string> => {
    const { FunctionArn = '' } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return FunctionArn;
  };
  return {
    create: async (name, tags) => {
      await client.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: 'arn:aws:iam::123456789012:role/sandbox',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Code: { ZipFile: emptyZip },
          Tags: withWholeKeys(tags),
        }),
      );
    },
    tag: async (name, tags) => {
      await client.send(new TagResourceCommand({ Resource: await arnOf(name), Tags: withWholeKeys(tags) }));
    },
    untag: async (name, keys) => {
      await client.send(
        new UntagResourceCommand({ Resource: await arnOf(name), TagKeys: keys.map(wholeKey) }),
      );
    },
    remove: async (name) => {
      await client.send(new DeleteFunctionCommand({ FunctionName: name }));
    },
    close: () => client.destroy(),
  };
}

/** Tags with the registrator's prefix before every key that has no slash. */
export function withWholeKeys(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [wholeKey(key), value]));
}

function wholeKey(key: string): string {
  return key.includes('/') ? key : `${tagPrefix}${key}`;
}
