import * as z from 'zod';
import { ApiError, operation } from '../api.ts';
import { findFunction } from './names.ts';
import { maxTags, tagKey, tagMap } from '../tags.ts';
import type { SandboxFunction, World } from '../world.ts';

const invalid = 'InvalidParameterValueException';
/** Tags belong to functions, not to their versions and aliases. */
const Resource = z.string().regex(/^arn:[^:]+:lambda:[^:]+:\d{12}:function:[A-Za-z0-9-_]{1,64}$/);

export const lambdaTags = {
  ListTags: operation(invalid, z.object({ Resource }), (input, { world }) => ({
    body: { Tags: findFunction(world, input.Resource).tags },
  })),

  TagResource: operation(invalid, z.object({ Resource, Tags: tagMap }), (input, { world }) => {
    tagFunction(world, input.Resource, input.Tags);
    return { status: 204 };
  }),

  UntagResource: operation(
    invalid,
    z.object({ Resource, TagKeys: z.array(tagKey).min(1) }),
    (input, { world }) => {
      untagFunction(world, input.Resource, input.TagKeys);
      return { status: 204 };
    },
  ),
};

/** @throws ApiError when the function is missing or would carry too many tags */
export function tagFunction(world: World, arn: string, tags: Readonly<Record<string, string>>): void {
  setTags(findFunction(world, arn), tags);
}

/** A key that is absent is no error. */
export function untagFunction(world: World, arn: string, keys: readonly string[]): void {
  const found = findFunction(world, arn);
  found.tags = Object.fromEntries(Object.entries(found.tags).filter(([key]) => !keys.includes(key)));
}

function setTags(found: SandboxFunction, tags: Readonly<Record<string, string>>): void {
  const all = { ...found.tags, ...tags };
  if (Object.keys(all).length > maxTags) {
    throw new ApiError(invalid, `A function carries at most ${maxTags} tags`);
  }
  found.tags = all;
  found.everTagged ||= Object.keys(all).length > 0;
}
