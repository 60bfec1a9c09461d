import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { operation, pageOf } from '../api.ts';
import { versionOf } from './functions.ts';
import { conflict, findFunction, functionName, notFound } from './names.ts';
import type { SandboxAlias, SandboxFunction } from '../world.ts';

const invalid = 'ValidationException';
const FunctionName = functionName;
/** Not all digits, which would be a version. */
const Name = z.string().regex(/^(?!\d+$)[A-Za-z0-9-_]{1,128}$/);
const one = { FunctionName, Name };
const FunctionVersion = z.string().regex(/^(\$LATEST|\d+)$/);
const Description = z.string().max(256);

export const lambdaAliases = {
  CreateAlias: operation(
    invalid,
    z.object({ ...one, FunctionVersion, Description: Description.default('') }),
    ({ FunctionName, ...wanted }, { world }) => {
      const found = findFunction(world, FunctionName);
      const AliasArn = `${found.arn}:${wanted.Name}`;
      if (found.aliases.has(wanted.Name)) throw conflict(`Alias already exists: ${AliasArn}`);
      versionOf(found, wanted.FunctionVersion);
      const alias = { AliasArn, ...wanted, RevisionId: randomUUID() };
      found.aliases.set(wanted.Name, alias);
      return { status: 201, body: alias };
    },
  ),

  GetAlias: operation(invalid, z.object(one), (input, { world }) => ({
    body: findAlias(findFunction(world, input.FunctionName), input.Name),
  })),

  UpdateAlias: operation(
    invalid,
    z.object({ ...one, FunctionVersion: FunctionVersion.optional(), Description: Description.optional() }),
    (input, { world }) => {
      const found = findFunction(world, input.FunctionName);
      const alias = findAlias(found, input.Name);
      versionOf(found, input.FunctionVersion);
      alias.FunctionVersion = input.FunctionVersion ?? alias.FunctionVersion;
      alias.Description = input.Description ?? alias.Description;
      alias.RevisionId = randomUUID();
      return { body: alias };
    },
  ),

  /** An alias that is absent is no error. */
  DeleteAlias: operation(invalid, z.object(one), (input, { world }) => {
    findFunction(world, input.FunctionName).aliases.delete(input.Name);
    return { status: 204 };
  }),

  ListAliases: operation(
    invalid,
    z.object({
      FunctionName,
      MaxItems: z.coerce.number().int().min(1).max(10_000).default(50),
      Marker: z.string().optional(),
    }),
    (input, context) => {
      const { page, next } = pageOf(
        {
          items: [...findFunction(context.world, input.FunctionName).aliases.values()],
          keyOf: (alias) => alias.Name,
          size: Math.min(50, input.MaxItems),
          token: input.Marker,
          badToken: 'InvalidParameterValueException',
        },
        context,
      );
      return { body: { Aliases: page, NextMarker: next } };
    },
  ),
};

function findAlias(found: SandboxFunction, name: string): SandboxAlias {
  const alias = found.aliases.get(name);
  if (alias === undefined) throw notFound(`Alias not found: ${found.arn}:${name}`);
  return alias;
}
