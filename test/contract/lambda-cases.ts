import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect } from 'vitest';
import { allPages, type Aws, type Cases, createFunction, refusal, unique } from './contract.ts';

const tagsOf = async ({ lambda }: Aws, Resource: string) =>
  (await lambda.send(new ListTagsCommand({ Resource }))).Tags;

async function nameOf({ lambda }: Aws, FunctionName: string): Promise<string | undefined> {
  return (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.FunctionName;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
export const lambdaCases: Cases = {
  'CreateFunction answers with the unqualified ARN': async (aws) => {
    const name = unique('created');
    const arn = await createFunction(aws, name, { Tags: { a: 'b' } });
    expect(arn).toBe(`arn:aws:lambda:${aws.region}:${aws.account}:function:${name}`);
    const { Configuration, Tags } = await aws.lambda.send(new GetFunctionCommand({ FunctionName: name }));
    expect(Configuration).toMatchObject({ FunctionArn: arn, Version: '$LATEST' });
    expect(Tags).toEqual({ a: 'b' });
  },

  'CreateFunction refuses a name that is taken': async (aws) => {
    const name = unique('twice');
    await createFunction(aws, name);
    expect(await refusal(createFunction(aws, name))).toEqual(['ResourceConflictException', 409]);
  },

  'CreateFunction refuses a malformed name': async (aws) => {
    expect(await refusal(createFunction(aws, 'white space'))).toEqual(['ValidationException', 400]);
  },

  'CreateFunction refuses code that is no zip': async (aws) => {
    const Code = { ZipFile: Buffer.from('plain text') };
    const [name, status] = await refusal(createFunction(aws, unique('code'), { Code }));
    expect([name, status]).toEqual(['InvalidParameterValueException', 400]);
  },

  'DeleteFunction removes a function once': async (aws) => {
    const FunctionName = unique('deleted');
    const arn = await createFunction(aws, FunctionName);
    await aws.lambda.send(new DeleteFunctionCommand({ FunctionName }));
    const gone = ['ResourceNotFoundException', 404];
    expect(await refusal(tagsOf(aws, arn))).toEqual(gone);
    expect(await refusal(aws.lambda.send(new DeleteFunctionCommand({ FunctionName })))).toEqual(gone);
  },

  'functions are found by name and ARN': async (aws) => {
    const name = unique('named');
    const arn = await createFunction(aws, name);
    expect([await nameOf(aws, name), await nameOf(aws, arn)]).toEqual([name, name]);
  },

  'functions are found by partial ARN': async (aws) => {
    const name = unique('named');
    await createFunction(aws, name);
    expect(await nameOf(aws, `${aws.account}:function:${name}`)).toBe(name);
  },

  'ListFunctions follows markers and holds no tags': async (aws) => {
    const wanted = await Promise.all(
      ['one', 'two', 'three'].map((name) => createFunction(aws, unique(name), { Tags: { a: 'b' } })),
    );
    const pages = await allPages(async (Marker) => {
      const answer = await aws.lambda.send(new ListFunctionsCommand({ Marker }));
      return { items: answer.Functions, next: answer.NextMarker };
    });
    const listed = pages.flat();
    expect(listed.map(({ FunctionArn }) => FunctionArn)).toEqual(expect.arrayContaining(wanted));
    expect(JSON.stringify(listed)).not.toContain('Tags');
  },

  'ListFunctions keeps to MaxItems': async (aws) => {
    await Promise.all(['one', 'two', 'three'].map((name) => createFunction(aws, unique(name))));
    const { Functions, NextMarker } = await aws.lambda.send(new ListFunctionsCommand({ MaxItems: 2 }));
    expect(Functions).toHaveLength(2);
    expect(NextMarker).toBeTypeOf('string');
  },

  'ListFunctions gives 50 a page at most': async (aws) => {
    await Promise.all(Array.from({ length: 51 }, () => createFunction(aws, unique('many'))));
    const { Functions } = await aws.lambda.send(new ListFunctionsCommand({ MaxItems: 1_000 }));
    expect(Functions).toHaveLength(50);
  },

  'ListTags of a function without tags is an empty object': async (aws) => {
    expect(await tagsOf(aws, await createFunction(aws, unique('bare')))).toEqual({});
  },

  'tags are added, replaced and removed, absent ones too': async (aws) => {
    const Resource = await createFunction(aws, unique('tagged'), { Tags: { kept: '1', changed: '1' } });
    await aws.lambda.send(new TagResourceCommand({ Resource, Tags: { changed: '2', added: 'A+b' } }));
    expect(await tagsOf(aws, Resource)).toEqual({ kept: '1', changed: '2', added: 'A+b' });
    await aws.lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['added', 'absent'] }));
    expect(await tagsOf(aws, Resource)).toEqual({ kept: '1', changed: '2' });
  },

  'tags of a missing function are a 404': async (aws) => {
    const Resource = `arn:aws:lambda:${aws.region}:${aws.account}:function:${unique('gone')}`;
    const tag = aws.lambda.send(new TagResourceCommand({ Resource, Tags: { a: 'b' } }));
    expect(await refusal(tag)).toEqual(['ResourceNotFoundException', 404]);
  },

  'tags belong to functions, not to their versions': async (aws) => {
    const arn = await createFunction(aws, unique('version'), { Publish: true });
    const [, status] = await refusal(tagsOf(aws, `${arn}:1`));
    expect(status).toBeGreaterThanOrEqual(400);
  },

  'illegal tags are refused': async (aws) => {
    const Resource = await createFunction(aws, unique('illegal'));
    const illegal: Record<string, string>[] = [{ 'a,b': 'c' }, { 'aws:x': 'y' }, { a: 'x'.repeat(257) }];
    for (const Tags of illegal) {
      expect(await refusal(aws.lambda.send(new TagResourceCommand({ Resource, Tags })))).toEqual([
        'InvalidParameterValueException',
        400,
      ]);
    }
  },

  'a function carries 50 tags at most': async (aws) => {
    const Resource = await createFunction(aws, unique('fifty'));
    const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
    const [, status] = await refusal(aws.lambda.send(new TagResourceCommand({ Resource, Tags })));
    expect(status).toBe(400);
  },

  'changes of code and configuration keep tags': async (aws) => {
    const FunctionName = unique('changed');
    const arn = await createFunction(aws, FunctionName, { Tags: { a: 'b' } });
    await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 17 }));
    await aws.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip }));
    const { Configuration } = await aws.lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject({ Timeout: 17, CodeSize: otherZip.length });
    expect(await tagsOf(aws, arn)).toEqual({ a: 'b' });
  },

  'versions count up, and only when something changed': async (aws) => {
    const FunctionName = unique('published');
    const arn = await createFunction(aws, FunctionName);
    const publish = () => aws.lambda.send(new PublishVersionCommand({ FunctionName }));
    expect(await publish()).toMatchObject({ Version: '1', FunctionArn: `${arn}:1` });
    expect(await publish()).toMatchObject({ Version: '1' });
    await aws.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip }));
    expect(await publish()).toMatchObject({ Version: '2' });
  },

  'aliases are created, read, changed and deleted': async (aws) => {
    const FunctionName = unique('aliased');
    const arn = await createFunction(aws, FunctionName, { Publish: true });
    const alias = { FunctionName, Name: 'live' };
    const created = await aws.lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: '1' }));
    expect(created).toMatchObject({ AliasArn: `${arn}:live`, Name: 'live', FunctionVersion: '1' });
    await aws.lambda.send(new UpdateAliasCommand({ ...alias, FunctionVersion: '$LATEST' }));
    expect(await aws.lambda.send(new GetAliasCommand(alias))).toMatchObject({ FunctionVersion: '$LATEST' });
    await aws.lambda.send(new DeleteAliasCommand(alias));
    expect(await refusal(aws.lambda.send(new GetAliasCommand(alias)))).toEqual([
      'ResourceNotFoundException',
      404,
    ]);
  },

  'an alias needs a version that exists and a name that does not': async (aws) => {
    const FunctionName = unique('aliased');
    await createFunction(aws, FunctionName, { Publish: true });
    const create = (Name: string, FunctionVersion: string) =>
      aws.lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion }));
    expect(await refusal(create('live', '7'))).toEqual(['ResourceNotFoundException', 404]);
    await create('live', '1');
    expect(await refusal(create('live', '1'))).toEqual(['ResourceConflictException', 409]);
  },

  'an alias is not named like a version': async (aws) => {
    const FunctionName = unique('aliased');
    await createFunction(aws, FunctionName, { Publish: true });
    const command = new CreateAliasCommand({ FunctionName, Name: '12', FunctionVersion: '1' });
    expect((await refusal(aws.lambda.send(command)))[1]).toBe(400);
  },

  'ListAliases follows markers': async (aws) => {
    const FunctionName = unique('aliased');
    await createFunction(aws, FunctionName, { Publish: true });
    for (const Name of ['a', 'b', 'c']) {
      await aws.lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }));
    }
    const pages = await allPages(async (Marker) => {
      const answer = await aws.lambda.send(new ListAliasesCommand({ FunctionName, MaxItems: 2, Marker }));
      return { items: answer.Aliases, next: answer.NextMarker };
    });
    expect(pages.map((page) => page.map(({ Name }) => Name))).toEqual([['a', 'b'], ['c']]);
  },
};

/** An empty zip with a comment, and so another one than the empty zip that functions are created with. */
const otherZip = Buffer.from(`504b0506${'00'.repeat(16)}010041`, 'hex');
