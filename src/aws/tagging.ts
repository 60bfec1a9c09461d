import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  ResourceGroupsTaggingAPIClient,
  type ResourceTagMapping,
} from '@aws-sdk/client-resource-groups-tagging-api';
import type { Deadline } from '../core/deadline.ts';
import { isAppError } from '../core/errors.ts';
import type { Functions, TaggedArn } from './api.ts';
import type { Caller } from './limited-calls.ts';
import { type AwsTarget, clientOptions } from './client.ts';
import { garbled } from './errors.ts';
import { type Page, readPages } from './pages.ts';

/**
 * Functions in the tagging index, by tag key alone, since the API compares values by case. Tokens live for 15 minutes;
 * a listing that outlives them is read once more from the start
 * (https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html).
 */
export function createTagging(caller: Caller, target?: AwsTarget): Pick<Functions, 'listTagged'> {
  const client = new ResourceGroupsTaggingAPIClient(clientOptions(target));
  const request = { action: 'tag:GetResources' };

  function page(input: GetResourcesCommandInput, deadline: Deadline): Promise<Page<TaggedArn>> {
    return caller.call(request, deadline, async (abortSignal) => {
      const answer = await client.send(new GetResourcesCommand(input), { abortSignal });
      const items = answer.ResourceTagMappingList?.map(taggedArn);
      if (!items?.every((item) => item !== undefined)) throw garbled(request);
      return { items, next: answer.PaginationToken };
    });
  }

  return {
    listTagged: async (tagKey, pageSize, deadline) => {
      const filter: GetResourcesCommandInput = {
        TagFilters: [{ Key: tagKey }],
        ResourceTypeFilters: ['lambda:function'],
        ResourcesPerPage: pageSize,
        TagsPerPage: 500,
      };
      const read = (PaginationToken?: string) => page({ ...filter, PaginationToken }, deadline);
      const first = await readPages(read);
      const expired = first.failure?.details['error'] === 'PaginationTokenExpiredException';
      const listing = expired ? await readPages(read) : first;
      if (isAppError(listing.failure, 'UPSTREAM_AUTH')) throw listing.failure;
      return listing;
    },
  };
}

function taggedArn({ ResourceARN: arn, Tags: list = [] }: ResourceTagMapping): TaggedArn | undefined {
  if (arn === undefined) return undefined;
  return { arn, tags: Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value])) };
}
