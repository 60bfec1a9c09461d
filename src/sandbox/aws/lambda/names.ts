import * as z from 'zod';
import { ApiError } from '../api.ts';
import type { SandboxFunction, World } from '../world.ts';

/** A function as callers name it: name, partial ARN or ARN, each with or without a version or alias. */
const pattern =
  /^(?:(?:arn:[^:]+:lambda:(?<region>[^:]+):)?(?<account>\d{12}):)?(?:function:)?(?<name>[A-Za-z0-9-_]{1,64})(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[A-Za-z0-9-_]+))?$/;

export const functionName = z.string().regex(pattern);

/**
 * The function that `named` means.
 * @throws ApiError ResourceNotFoundException; AccessDeniedException for one of another account
 */
export function findFunction(world: World, named: string): SandboxFunction {
  const { region, account, name = '' } = pattern.exec(named)?.groups ?? {};
  if (account !== undefined && account !== world.account) {
    throw new ApiError('AccessDeniedException', `No resource-based policy of ${named} allows it`, 403);
  }
  if (region !== undefined && region !== world.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${world.region}')`);
  }
  const found = world.functions.get(name);
  if (found === undefined) {
    throw notFound(
      `Function not found: arn:${world.partition}:lambda:${world.region}:${world.account}:function:${name}`,
    );
  }
  return found;
}

export function notFound(message: string): ApiError {
  return new ApiError('ResourceNotFoundException', message, 404);
}

export function conflict(message: string): ApiError {
  return new ApiError('ResourceConflictException', message, 409);
}
