import * as z from 'zod';
import { ApiError, type Context, operation, pageOf } from '../api.ts';
import { putParameter } from './put.ts';
import { arnOf, type SandboxParameter, type World } from '../world.ts';

const invalid = 'ValidationException';
const Name = z.string().min(1);
const WithDecryption = z.boolean().default(false);

/** Parameter Store (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html). */
export const ssm = {
  GetParameter: operation(invalid, z.object({ Name, WithDecryption }), (input, context) => {
    const found = findParameter(context.world, input.Name);
    if (found === undefined) throw parameterNotFound(input.Name);
    return { body: { Parameter: shown(found, input.WithDecryption, context) } };
  }),

  GetParameters: operation(
    invalid,
    z.object({ Names: z.array(Name).min(1).max(10), WithDecryption }),
    ({ Names, WithDecryption: decrypt }, context) => {
      const found = Names.map((name) => ({ name, parameter: findParameter(context.world, name) }));
      const Parameters = found.flatMap(({ parameter }) =>
        parameter === undefined ? [] : [shown(parameter, decrypt, context)],
      );
      const missing = found.filter(({ parameter }) => parameter === undefined);
      return { body: { Parameters, InvalidParameters: missing.map(({ name }) => name) } };
    },
  ),

  GetParametersByPath: operation(
    invalid,
    z.object({
      Path: z.string().startsWith('/'),
      Recursive: z.boolean().default(false),
      MaxResults: z.int().min(1).max(10).default(10),
      NextToken: z.string().optional(),
      WithDecryption,
    }),
    (input, context) => {
      const folder = input.Path.endsWith('/') ? input.Path : `${input.Path}/`;
      const below = [...context.world.parameters.values()]
        .flatMap((versions) => versions.at(-1) ?? [])
        .filter(({ name }) => name.startsWith(folder))
        .filter(({ name }) => input.Recursive || !name.slice(folder.length).includes('/'));
      const { page, next } = pageOf(
        {
          items: below,
          keyOf: ({ name }) => name,
          size: input.MaxResults,
          token: input.NextToken,
          badToken: 'InvalidNextToken',
        },
        context,
      );
      const Parameters = page.map((parameter) => shown(parameter, input.WithDecryption, context));
      return { body: { Parameters, NextToken: next } };
    },
  ),

  PutParameter: putParameter,

  DeleteParameter: operation(invalid, z.object({ Name }), (input, { world }) => {
    if (!world.parameters.delete(input.Name)) throw parameterNotFound(input.Name);
    return { body: {} };
  }),

  DeleteParameters: operation(
    invalid,
    z.object({ Names: z.array(Name).min(1).max(10) }),
    ({ Names }, { world }) => {
      const DeletedParameters = Names.filter((name) => world.parameters.delete(name));
      const InvalidParameters = Names.filter((name) => !DeletedParameters.includes(name));
      return { body: { DeletedParameters, InvalidParameters } };
    },
  ),
};

function parameterNotFound(name: string): ApiError {
  return new ApiError('ParameterNotFound', `Parameter ${name} not found.`);
}

/** By name or ARN, of the version after a colon or else the last. */
function findParameter(world: World, selector: string): SandboxParameter | undefined {
  const [, arn, rest = ''] = /^(arn:[^:]+:ssm:[^:]+:\d{12}:parameter)?(.*)$/.exec(selector) ?? [];
  const [name = '', version] = rest.split(':');
  const bareName = arn === undefined ? name : name.replace(/^\//, '');
  const versions = world.parameters.get(name) ?? world.parameters.get(bareName);
  return version === undefined
    ? versions?.at(-1)
    : versions?.find((each) => String(each.version) === version);
}

/** A SecureString comes encrypted, and without any error, unless decryption is asked for. */
function shown(parameter: SandboxParameter, decrypt: boolean, { world, denied }: Context): object {
  const encrypted = parameter.type === 'SecureString';
  if (encrypted && decrypt && denied.has('kms:Decrypt')) {
    const message =
      'User: sandbox is not authorized to perform: kms:Decrypt on the resource of the ciphertext';
    throw new ApiError('AccessDeniedException', message);
  }
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: encrypted && !decrypt ? ciphertextOf(parameter) : parameter.value,
    Version: parameter.version,
    LastModifiedDate: parameter.modified.getTime() / 1000,
    ARN: arnOf(world, 'ssm', `parameter/${parameter.name.replace(/^\//, '')}`),
    DataType: 'text',
  };
}

/** Stands for what KMS would make of the value, and says nothing about it. */
function ciphertextOf({ name, version }: SandboxParameter): string {
  return `AQICAH${Buffer.from(`${name}:${version}`.repeat(4)).toString('base64')}`;
}
