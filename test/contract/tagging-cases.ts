import { DeleteFunctionCommand, ListTagsCommand } from '@aws-sdk/client-lambda';
import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  type ResourceTagMapping,
  TagResourcesCommand,
  UntagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { expect } from 'vitest';
import { allPages, type Aws, type Cases, createFunction, refusal, unique } from './contract.ts';

function listPages({ tagging }: Aws, input: GetResourcesCommandInput) {
  return allPages(async (token) => {
    const command = new GetResourcesCommand({ ...input, PaginationToken: token });
    const { ResourceTagMappingList: items, PaginationToken: next } = await tagging.send(command);
    return { items, next };
  });
}

async function list(aws: Aws, input: GetResourcesCommandInput): Promise<string[]> {
  return arnsIn(await listPages(aws, input));
}

function arnsIn(pages: ResourceTagMapping[][]): string[] {
  const arns = pages.flat().map(({ ResourceARN = '' }) => ResourceARN);
  return arns.toSorted();
}

function createAll(aws: Aws, count: number, Tags: Record<string, string>): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => createFunction(aws, unique('listed'), { Tags })));
}

/** https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_Operations.html */
export const taggingCases: Cases = {
  'a filter on a key takes every value, and tells all tags': async (aws) => {
    const key = unique('key');
    const lower = await createFunction(aws, unique('lower'), { Tags: { [key]: 'true', other: 'x' } });
    const upper = await createFunction(aws, unique('upper'), { Tags: { [key]: 'TRUE' } });
    await createFunction(aws, unique('none'), { Tags: { [key.toUpperCase()]: 'true' } });
    const filter = { TagFilters: [{ Key: key }], ResourceTypeFilters: ['lambda:function'] };
    expect(await list(aws, filter)).toEqual([lower, upper].toSorted());
    const [page = []] = await listPages(aws, filter);
    const { Tags } = page.find(({ ResourceARN }) => ResourceARN === lower) ?? {};
    expect(Tags).toHaveLength(2);
    expect(Tags).toEqual(
      expect.arrayContaining([
        { Key: key, Value: 'true' },
        { Key: 'other', Value: 'x' },
      ]),
    );
  },

  'values are compared by case and any of a filter will do': async (aws) => {
    const key = unique('key');
    const [one = ''] = await createAll(aws, 1, { [key]: 'one' });
    const [two = ''] = await createAll(aws, 1, { [key]: 'two' });
    await createAll(aws, 1, { [key]: 'ONE' });
    const filter = { TagFilters: [{ Key: key, Values: ['one', 'two'] }] };
    expect(await list(aws, filter)).toEqual([one, two].toSorted());
  },

  'all filters must fit': async (aws) => {
    const [first, second] = [unique('key'), unique('key')];
    await createAll(aws, 1, { [first]: '1' });
    const both = await createAll(aws, 1, { [first]: '1', [second]: '2' });
    expect(await list(aws, { TagFilters: [{ Key: first }, { Key: second }] })).toEqual(both);
  },

  'other resource types hold no functions': async (aws) => {
    const key = unique('key');
    await createAll(aws, 1, { [key]: '1' });
    expect(await list(aws, { TagFilters: [{ Key: key }], ResourceTypeFilters: ['ec2:instance'] })).toEqual(
      [],
    );
  },

  'a listing goes on until its token is missing or empty': async (aws) => {
    const key = unique('key');
    const arns = await createAll(aws, 5, { [key]: '1' });
    const pages = await listPages(aws, { TagFilters: [{ Key: key }], ResourcesPerPage: 2 });
    expect(Math.max(...pages.map((page) => page.length))).toBe(2);
    expect(arnsIn(pages)).toEqual(arns.toSorted());
  },

  'TagsPerPage counts tags and splits no resource': async (aws) => {
    const key = unique('key');
    const more = Array.from({ length: 39 }, (_, index) => [`k${index}`, 'v']);
    const arns = await createAll(aws, 5, { [key]: '1', ...Object.fromEntries(more) });
    const pages = await listPages(aws, { TagFilters: [{ Key: key }], TagsPerPage: 100 });
    expect(arnsIn(pages)).toEqual(arns.toSorted());
    expect(Math.max(...pages.map((page) => page.length))).toBe(2);
    expect(pages.flat().every(({ Tags }) => Tags?.length === 40)).toBe(true);
  },

  'a page holds 1 to 100 resources and 100 to 500 tags': async ({ tagging }) => {
    const bad = [
      { ResourcesPerPage: 0 },
      { ResourcesPerPage: 101 },
      { TagsPerPage: 99 },
      { TagsPerPage: 501 },
    ];
    for (const input of bad) {
      const call = tagging.send(new GetResourcesCommand(input));
      expect([input, await refusal(call)]).toEqual([input, ['InvalidParameterException', 400]]);
    }
  },

  'a list of ARNs selects': async (aws) => {
    const [first = '', , third = ''] = await createAll(aws, 3, { [unique('key')]: '1' });
    expect(await list(aws, { ResourceARNList: [first, third] })).toEqual([first, third].toSorted());
  },

  'a list of ARNs excludes filters': async (aws) => {
    const [arn = ''] = await createAll(aws, 1, { [unique('key')]: '1' });
    const command = new GetResourcesCommand({ ResourceARNList: [arn], TagFilters: [{ Key: 'a' }] });
    expect(await refusal(aws.tagging.send(command))).toEqual(['InvalidParameterException', 400]);
  },

  'a token that no page gave is refused': async (aws) => {
    const command = new GetResourcesCommand({ PaginationToken: 'bm9uc2Vuc2U=' });
    expect((await refusal(aws.tagging.send(command)))[1]).toBe(400);
  },

  'deleted functions leave the index': async (aws) => {
    const key = unique('key');
    const FunctionName = unique('deleted');
    await createFunction(aws, FunctionName, { Tags: { [key]: '1' } });
    await aws.lambda.send(new DeleteFunctionCommand({ FunctionName }));
    expect(await list(aws, { TagFilters: [{ Key: key }] })).toEqual([]);
  },

  'untagged functions keep their place, without tags': async (aws) => {
    const [arn = ''] = await createAll(aws, 1, { a: '1' });
    await aws.tagging.send(new UntagResourcesCommand({ ResourceARNList: [arn], TagKeys: ['a'] }));
    const all = (await listPages(aws, {})).flat();
    expect(all.find(({ ResourceARN }) => ResourceARN === arn)).toMatchObject({ Tags: [] });
  },

  'functions that never had tags are not listed': async (aws) => {
    const arn = await createFunction(aws, unique('never'));
    expect(await list(aws, {})).not.toContain(arn);
  },

  'tagging several tells what failed beside what did not': async (aws) => {
    const [arn = ''] = await createAll(aws, 1, { a: '1' });
    const missing = `${arn}-gone`;
    const { FailedResourcesMap } = await aws.tagging.send(
      new TagResourcesCommand({ ResourceARNList: [arn, missing], Tags: { b: '2' } }),
    );
    expect(Object.keys(FailedResourcesMap ?? {})).toEqual([missing]);
    const { Tags } = await aws.lambda.send(new ListTagsCommand({ Resource: arn }));
    expect(Tags).toEqual({ a: '1', b: '2' });
  },
};
