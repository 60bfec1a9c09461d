import * as z from 'zod';
import { ownMember } from '../../core/objects.ts';
import { ApiError, type Context, operation, pageOf, type Result } from './api.ts';
import { tagFunction, untagFunction } from './lambda/tags.ts';
import { tagKey, tagMap } from './tags.ts';

/**
 * Resource Groups Tagging API of functions
 * (https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_Operations.html).
 */
const invalid = 'InvalidParameterException';

const getResourcesSchema = z
  .object({
    TagFilters: z
      .array(z.object({ Key: z.string().min(1), Values: z.array(z.string()).max(20).default([]) }))
      .max(50)
      .default([]),
    ResourceTypeFilters: z.array(z.string()).max(100).default([]),
    ResourceARNList: z.array(z.string()).min(1).max(100).optional(),
    ResourcesPerPage: z.int().min(1).max(100).optional(),
    TagsPerPage: z.int().min(100).max(500).optional(),
    PaginationToken: z.string().optional(),
  })
  .refine(
    (input) =>
      input.ResourceARNList === undefined ||
      (input.TagFilters.length === 0 &&
        input.ResourceTypeFilters.length === 0 &&
        input.ResourcesPerPage === undefined &&
        input.TagsPerPage === undefined &&
        !input.PaginationToken),
    'ResourceARNList excludes filters and paging',
  );

type Filter = z.output<typeof getResourcesSchema>['TagFilters'][number];
type Tags = Readonly<Record<string, string>>;

interface Indexed {
  arn: string;
  tags: Tags;
}

const arnList = z.array(z.string().min(1)).min(1).max(20);

export const tagging = {
  GetResources: operation(invalid, getResourcesSchema, (input, context) => {
    const ofType = input.ResourceTypeFilters;
    const listsFunctions =
      ofType.length === 0 || ofType.some((type) => type === 'lambda' || type === 'lambda:function');
    const wanted = indexed(context).filter(
      ({ arn, tags }) =>
        listsFunctions &&
        (input.ResourceARNList?.includes(arn) ?? true) &&
        input.TagFilters.every((filter) => matches(filter, tags)),
    );
    const { page, next } = pageOf(
      {
        items: wanted,
        keyOf: ({ arn }) => arn,
        size: input.ResourcesPerPage ?? 100,
        fits: fitsTags(input.TagsPerPage ?? Infinity),
        token: input.PaginationToken || undefined,
        badToken: invalid,
      },
      context,
    );
    const ResourceTagMappingList = page.map(({ arn, tags }) => ({
      ResourceARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
    return { body: { ResourceTagMappingList, PaginationToken: next ?? '' } };
  }),

  TagResources: operation(
    invalid,
    z.object({ ResourceARNList: arnList, Tags: tagMap }),
    ({ ResourceARNList, Tags }, context) =>
      forEach(ResourceARNList, (arn) => tagFunction(context.world, arn, Tags)),
  ),

  UntagResources: operation(
    invalid,
    z.object({ ResourceARNList: arnList, TagKeys: z.array(tagKey).min(1).max(50) }),
    ({ ResourceARNList, TagKeys }, context) =>
      forEach(ResourceARNList, (arn) => untagFunction(context.world, arn, TagKeys)),
  ),
};

/** The index as it stands: functions that carry or once carried tags, with what is stale in it. */
function indexed({ world, staleIndex }: Context): Indexed[] {
  const index = new Map<string, Tags | undefined>();
  for (const { arn, tags, everTagged } of world.functions.values()) if (everTagged) index.set(arn, tags);
  for (const [arn, tags] of staleIndex) index.set(arn, tags);
  return [...index].flatMap(([arn, tags]) => (tags === undefined ? [] : [{ arn, tags }]));
}

/** Keys and values are compared by case; a filter without values takes any. */
function matches({ Key, Values }: Filter, tags: Tags): boolean {
  const value = ownMember(tags, Key);
  return value !== undefined && (Values.length === 0 || Values.includes(value));
}

/** A resource counts as many tags as it has, one at least, and is never split over two pages. */
function fitsTags(limit: number): (page: readonly Indexed[], item: Indexed) => boolean {
  const weight = ({ tags }: Indexed): number => Math.max(1, Object.keys(tags).length);
  return (page, item) => page.reduce((sum, each) => sum + weight(each), weight(item)) <= limit;
}

/** What fails for one ARN is in the answer, which is 200 all the same. */
function forEach(arns: readonly string[], change: (arn: string) => void): Result {
  const FailedResourcesMap: Record<string, object> = {};
  for (const arn of arns) {
    try {
      change(arn);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      FailedResourcesMap[arn] = { StatusCode: error.status, ErrorCode: invalid, ErrorMessage: error.message };
    }
  }
  return { body: { FailedResourcesMap } };
}
