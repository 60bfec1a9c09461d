import * as z from 'zod';
import { ApiError, type Context, operation } from '../api.ts';
import { tagKey, tagValue } from '../tags.ts';
import { accountKey, arnOf, type SandboxParameter, type World } from '../world.ts';

const invalid = 'ValidationException';

/** Bytes of a value (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html). */
const sizes = { Standard: 4096, Advanced: 8192 } as const;
const maxLevels = 15;
const maxArnLength = 1011;
const keptVersions = 100;

const putSchema = z.object({
  Name: z.string().regex(/^[A-Za-z0-9_.\-/]+$/),
  Value: z.string().min(1),
  Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
  Tier: z.enum(['Standard', 'Advanced', 'Intelligent-Tiering']).optional(),
  KeyId: z
    .string()
    .regex(/^[A-Za-z0-9:/_-]+$/)
    .optional(),
  Overwrite: z.boolean().default(false),
  Tags: z.array(z.object({ Key: tagKey, Value: tagValue })).default([]),
});

type Put = z.output<typeof putSchema>;

export const putParameter = operation(invalid, putSchema, (input, context) => {
  const { world } = context;
  checkName(world, input.Name);
  const versions = world.parameters.get(input.Name) ?? [];
  const last = versions.at(-1);
  if (last) checkOverwrite(input, last);
  const type = input.Type ?? last?.type;
  if (type === undefined) throw refusal('A parameter type is required when you create a parameter.');
  const tier = tierOf(input, last);
  checkKey({ ...input, Type: type }, tier, context);
  const version = (last?.version ?? 0) + 1;
  const parameter = { name: input.Name, type, value: input.Value, tier, version, modified: new Date() };
  world.parameters.set(input.Name, [...versions, parameter].slice(-keptVersions));
  return { body: { Version: version, Tier: tier } };
});

function refusal(message: string): ApiError {
  return new ApiError(invalid, message);
}

function checkName(world: World, name: string): void {
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw refusal(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive): ${name}`);
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw refusal(`A parameter name with levels must start with a slash: ${name}`);
  }
  if (name.split('/').length - 1 > maxLevels) {
    const message = `A hierarchy can have at most ${maxLevels} levels`;
    throw new ApiError('HierarchyLevelLimitExceededException', message);
  }
  if (arnOf(world, 'ssm', `parameter/${name}`).length > maxArnLength) {
    throw refusal(`The name and its ARN are longer than ${maxArnLength} characters`);
  }
}

function checkOverwrite(input: Put, last: SandboxParameter): void {
  if (!input.Overwrite) {
    const message =
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.';
    throw new ApiError('ParameterAlreadyExists', message);
  }
  if (input.Tags.length > 0) throw refusal('Tags and Overwrite cannot be used together.');
  if (input.Type !== undefined && input.Type !== last.type) {
    const message = `The parameter is a ${last.type}; its type cannot change`;
    throw new ApiError('HierarchyTypeMismatchException', message);
  }
}

/** KMS encrypts standard parameters itself, and makes a key of its own for each advanced one. */
function checkKey({ Type, KeyId }: Put, tier: SandboxParameter['tier'], { world, denied }: Context): void {
  if (Type !== 'SecureString') return;
  if (KeyId !== undefined && !world.keys.has(KeyId)) {
    throw new ApiError('InvalidKeyId', `Invalid keyId ${KeyId}`);
  }
  const action = tier === 'Advanced' ? 'kms:GenerateDataKey' : 'kms:Encrypt';
  if (denied.has(action)) {
    const message = `User: sandbox is not authorized to perform: ${action} on resource: ${KeyId ?? accountKey}`;
    throw new ApiError('AccessDeniedException', message);
  }
}

/** An advanced parameter stays one; Intelligent-Tiering takes the cheapest tier that fits. */
function tierOf(input: Put, last: SandboxParameter | undefined): SandboxParameter['tier'] {
  const bytes = Buffer.byteLength(input.Value);
  if (input.Tier === 'Standard' && last?.tier === 'Advanced') {
    throw refusal('A parameter cannot go back from the advanced to the standard tier.');
  }
  const cheapest = last?.tier === 'Advanced' || bytes > sizes.Standard ? 'Advanced' : 'Standard';
  const tier = input.Tier === 'Intelligent-Tiering' ? cheapest : (input.Tier ?? last?.tier ?? 'Standard');
  if (bytes > sizes[tier]) {
    throw refusal(`${tier} tier parameters support a maximum parameter value of ${sizes[tier]} characters.`);
  }
  return tier;
}
