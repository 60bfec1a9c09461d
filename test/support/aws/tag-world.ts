import type { Functions, Tags } from '../../../src/aws/api.ts';
import { enabledTag, tagPrefix } from '../../../src/lambda-service/tags.ts';

export const account = '123456789012';
export const region = 'eu-west-1';

/** The unqualified ARN of a function of the test account. */
export function arnOf(name: string): string {
  return `arn:aws:lambda:${region}:${account}:function:${name}`;
}

/** Tags of a function, by the last word of their keys. */
export function tagged(tags: Readonly<Record<string, string>> = { enabled: 'true' }): Tags {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [tagPrefix + key, value]));
}

/** Functions and their tags, and beside them what the tagging index believes. */
export interface TagWorld {
  functions: Functions;
  set(name: string, tags?: Readonly<Record<string, string>>): void;
  remove(name: string): void;
  /** From now on the index answers with what it knows now. */
  freezeIndex(): void;
  thawIndex(): void;
}

export function createTagWorld(): TagWorld {
  const current = new Map<string, Tags>();
  let index: Map<string, Tags> | undefined;
  let calls = 0;
  return {
    functions: {
      listTagged: async () => {
        calls += 1;
        const items = [...(index ?? current)].map(([arn, tags]) => ({ arn, tags }));
        return { items: items.filter(({ tags }) => enabledTag in tags), failure: undefined };
      },
      listAll: async () => {
        calls += 1;
        return { items: [...current.keys()], failure: undefined };
      },
      tagsOf: async (arn) => {
        calls += 1;
        return current.get(arn);
      },
      calls: () => calls,
    },
    set: (name, tags) => current.set(arnOf(name), tagged(tags)),
    remove: (name) => current.delete(arnOf(name)),
    freezeIndex: () => {
      index = new Map(current);
    },
    thawIndex: () => {
      index = undefined;
    },
  };
}
