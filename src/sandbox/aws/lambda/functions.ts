import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ApiError, type Context, operation, pageOf, type Result } from '../api.ts';
import { conflict, findFunction, functionName, notFound } from './names.ts';
import { maxTags, tagMap } from '../tags.ts';
import { addFunction, type FunctionConfiguration, lambdaTime, type SandboxFunction } from '../world.ts';

/** Lambda's constraint errors, and those of values that only the service can judge. */
const invalid = 'ValidationException';
const badValue = 'InvalidParameterValueException';

const changeable = {
  Role: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+/),
  Runtime: z.string().min(1),
  Handler: z.string().min(1).max(128),
  Description: z.string().max(256),
  Timeout: z.int().min(1),
  MemorySize: z.int().min(128).max(10_240),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }),
};

const code = z.object({
  ZipFile: z.base64().optional(),
  S3Bucket: z.string().optional(),
  ImageUri: z.string().optional(),
});

const createSchema = z.object({
  ...z.object(changeable).partial().required({ Role: true }).shape,
  FunctionName: functionName,
  Code: code,
  PackageType: z.enum(['Zip', 'Image']).default('Zip'),
  Architectures: z.array(z.enum(['x86_64', 'arm64'])).default(['x86_64']),
  Publish: z.boolean().default(false),
  Tags: tagMap.refine((tags) => Object.keys(tags).length <= maxTags, `at most ${maxTags} tags`).default({}),
});

const named = z.object({ FunctionName: functionName, Qualifier: z.string().optional() });

/** Functions without their code being run or shown (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). */
export const lambdaFunctions = {
  CreateFunction: operation(invalid, createSchema, (input, { world }) => {
    const { FunctionName, Code, Publish, Tags, ...configured } = input;
    const name = bareName(FunctionName);
    if (world.functions.has(name)) throw conflict(`Function already exist: ${name}`);
    if (input.PackageType === 'Zip' && (input.Handler === undefined || input.Runtime === undefined)) {
      throw new ApiError(
        badValue,
        'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
      );
    }
    const added = addFunction(world, name, Tags, { ...defined(configured), ...measure(Code) });
    if (Publish) publish(added);
    return { status: 201, body: { ...added.configuration, State: 'Pending' } };
  }),

  GetFunction: operation(invalid, named, (input, { world }) => {
    const found = findFunction(world, input.FunctionName);
    const Configuration = versionOf(found, input.Qualifier);
    return { body: { Configuration, Code: { RepositoryType: 'S3' }, Tags: found.tags } };
  }),

  GetFunctionConfiguration: operation(invalid, named, (input, { world }) => ({
    body: versionOf(findFunction(world, input.FunctionName), input.Qualifier),
  })),

  /** 50 a page whatever is asked for, and no tags. */
  ListFunctions: operation(
    invalid,
    z.object({
      MaxItems: z.coerce.number().int().min(1).max(10_000).default(50),
      Marker: z.string().optional(),
      FunctionVersion: z.literal('ALL').optional(),
    }),
    (input, context) => {
      const functions = [...context.world.functions.values()];
      const latest = functions.map(({ configuration }) => configuration);
      const published = functions.flatMap(({ versions }) => versions);
      const { page, next } = pageOf(
        {
          items: input.FunctionVersion === 'ALL' ? latest.concat(published) : latest,
          keyOf: (item) => item.FunctionArn,
          size: Math.min(50, input.MaxItems),
          token: input.Marker,
          badToken: badValue,
        },
        context,
      );
      return { body: { Functions: page, NextMarker: next } };
    },
  ),

  UpdateFunctionConfiguration: operation(
    invalid,
    z.object({ ...z.object(changeable).partial().shape, FunctionName: functionName }),
    ({ FunctionName, ...configured }, context) => update(context, FunctionName, defined(configured)),
  ),

  UpdateFunctionCode: operation(
    invalid,
    z.object({ ...code.shape, FunctionName: functionName, Publish: z.boolean().default(false) }),
    ({ FunctionName, Publish, ...Code }, context) => {
      const answer = update(context, FunctionName, measure(Code));
      if (Publish) publish(findFunction(context.world, FunctionName));
      return answer;
    },
  ),

  PublishVersion: operation(invalid, named, (input, { world }) => ({
    status: 201,
    body: publish(findFunction(world, input.FunctionName)),
  })),

  DeleteFunction: operation(invalid, named, (input, { world }) => {
    const found = findFunction(world, input.FunctionName);
    if (input.Qualifier === undefined) world.functions.delete(found.configuration.FunctionName);
    else found.versions = found.versions.filter(({ Version }) => Version !== input.Qualifier);
    return { status: 204 };
  }),
};

function bareName(named: string): string {
  return named.split(':').at(-1) ?? named;
}

/** What a caller left out keeps its default. */
function defined(fields: object): Partial<FunctionConfiguration> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** @throws ApiError for code that is missing or no zip */
function measure({ ZipFile, S3Bucket, ImageUri }: z.output<typeof code>): Partial<FunctionConfiguration> {
  if (ZipFile === undefined) {
    if (S3Bucket === undefined && ImageUri === undefined) {
      throw new ApiError(badValue, 'Please provide a source for function code.');
    }
    return {};
  }
  const zip = Buffer.from(ZipFile, 'base64');
  if (zip.subarray(0, 2).toString('latin1') !== 'PK') {
    throw new ApiError(
      badValue,
      'Could not unzip uploaded file. Please check your file, then try to upload again.',
    );
  }
  return { CodeSize: zip.length, CodeSha256: createHash('sha256').update(zip).digest('base64') };
}

function update({ world }: Context, named: string, changes: Partial<FunctionConfiguration>): Result {
  const found = findFunction(world, named);
  Object.assign(found.configuration, changes, { LastModified: lambdaTime(), RevisionId: randomUUID() });
  return { body: { ...found.configuration, LastUpdateStatus: 'InProgress' } };
}

/** A new version, unless the last one has the same code and configuration. */
function publish(found: SandboxFunction): FunctionConfiguration {
  const last = found.versions.at(-1);
  if (last?.RevisionId === found.configuration.RevisionId) return last;
  const Version = String(Number(last?.Version ?? 0) + 1);
  const version = { ...found.configuration, Version, FunctionArn: `${found.arn}:${Version}` };
  found.versions.push(version);
  return version;
}

/** @throws ApiError ResourceNotFoundException for a version or alias that does not exist */
export function versionOf(found: SandboxFunction, qualifier = '$LATEST'): FunctionConfiguration {
  const wanted = found.aliases.get(qualifier)?.FunctionVersion ?? qualifier;
  const version = [found.configuration, ...found.versions].find(({ Version }) => Version === wanted);
  if (version === undefined) throw notFound(`Function not found: ${found.arn}:${qualifier}`);
  return version;
}
