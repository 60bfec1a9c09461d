import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import { allPages, type Aws, type Cases, refusal, unique } from './contract.ts';

function put({ ssm }: Aws, Name: string, more: Partial<PutParameterCommandInput> = {}) {
  return ssm.send(new PutParameterCommand({ Name, Value: 'value', Type: 'String', ...more }));
}

async function get({ ssm }: Aws, Name: string, WithDecryption = true) {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption }));
  return Parameter;
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html */
export const ssmCases: Cases = {
  'a parameter is found by name, version and ARN': async (aws) => {
    const name = `/${unique('found')}/name`;
    await put(aws, name);
    const found = { Name: name, Value: 'value', Type: 'String', Version: 1 };
    expect(await get(aws, name)).toMatchObject(found);
    expect(await get(aws, `${name}:1`)).toMatchObject({ Value: 'value' });
    const arn = `arn:aws:ssm:${aws.region}:${aws.account}:parameter${name}`;
    expect(await get(aws, arn)).toMatchObject({ Value: 'value', ARN: arn });
  },

  'a SecureString comes in clear only when asked for': async (aws) => {
    const name = `/${unique('secure')}`;
    await put(aws, name, { Type: 'SecureString' });
    expect((await get(aws, name, true))?.Value).toBe('value');
    expect((await get(aws, name, false))?.Value).not.toBe('value');
  },

  'a missing parameter is named an error, or listed among several': async (aws) => {
    const [there, missing] = [`/${unique('there')}`, `/${unique('missing')}`];
    await put(aws, there);
    expect(await refusal(get(aws, missing))).toEqual(['ParameterNotFound', 400]);
    const { Parameters = [], InvalidParameters } = await aws.ssm.send(
      new GetParametersCommand({ Names: [there, missing] }),
    );
    expect(Parameters.map(({ Name }) => Name)).toEqual([there]);
    expect(InvalidParameters).toEqual([missing]);
  },

  'several come in clear only when asked for': async (aws) => {
    const names = [`/${unique('one')}`, `/${unique('two')}`];
    for (const name of names) await put(aws, name, { Type: 'SecureString' });
    const values = async (WithDecryption: boolean) => {
      const { Parameters = [] } = await aws.ssm.send(
        new GetParametersCommand({ Names: names, WithDecryption }),
      );
      return Parameters.map(({ Value }) => Value);
    };
    expect(await values(true)).toEqual(['value', 'value']);
    expect(await values(false)).not.toContain('value');
  },

  'a SecureString is encrypted with the key that is named': async (aws) => {
    const name = `/${unique('key')}`;
    await put(aws, name, { Type: 'SecureString', KeyId: 'alias/aws/ssm' });
    expect((await get(aws, name))?.Value).toBe('value');
  },

  'a key that does not exist is refused': async (aws) => {
    const secure = put(aws, `/${unique('key')}`, { Type: 'SecureString', KeyId: 'alias/none' });
    expect(await refusal(secure)).toEqual(['InvalidKeyId', 400]);
  },

  'ten parameters at most are read by name': async ({ ssm }) => {
    const Names = Array.from({ length: 11 }, (_, index) => `/n${index}`);
    expect(await refusal(ssm.send(new GetParametersCommand({ Names })))).toEqual([
      'ValidationException',
      400,
    ]);
  },

  'a parameter is replaced only when asked for': async (aws) => {
    const name = `/${unique('twice')}`;
    expect(await put(aws, name)).toMatchObject({ Version: 1, Tier: 'Standard' });
    expect(await refusal(put(aws, name))).toEqual(['ParameterAlreadyExists', 400]);
    expect(await put(aws, name, { Value: 'second', Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await get(aws, name)).toMatchObject({ Value: 'second', Version: 2 });
  },

  'tags and Overwrite exclude each other': async (aws) => {
    const name = `/${unique('tags')}`;
    await put(aws, name);
    const both = put(aws, name, { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] });
    expect(await refusal(both)).toEqual(['ValidationException', 400]);
  },

  'the type of a parameter does not change': async (aws) => {
    const name = `/${unique('type')}`;
    await put(aws, name);
    expect(await refusal(put(aws, name, { Type: 'SecureString', Overwrite: true }))).toEqual([
      'HierarchyTypeMismatchException',
      400,
    ]);
  },

  'a standard parameter holds 4 KB, an advanced one 8 KB': async (aws) => {
    const name = `/${unique('size')}`;
    await put(aws, name, { Value: 'x'.repeat(4096) });
    const tooLarge = { Value: 'x'.repeat(4097), Overwrite: true };
    expect(await refusal(put(aws, name, tooLarge))).toEqual(['ValidationException', 400]);
    await put(aws, name, { ...tooLarge, Tier: 'Advanced' });
    const larger = put(aws, name, { Value: 'x'.repeat(8193), Tier: 'Advanced', Overwrite: true });
    expect(await refusal(larger)).toEqual(['ValidationException', 400]);
  },

  'Intelligent-Tiering takes the tier that fits': async (aws) => {
    const Tier = 'Intelligent-Tiering';
    expect(await put(aws, `/${unique('small')}`, { Tier })).toMatchObject({ Tier: 'Standard' });
    const large = await put(aws, `/${unique('large')}`, { Tier, Value: 'x'.repeat(4097) });
    expect(large).toMatchObject({ Tier: 'Advanced' });
  },

  'an advanced parameter stays one': async (aws) => {
    const name = `/${unique('tier')}`;
    await put(aws, name, { Tier: 'Advanced' });
    expect(await refusal(put(aws, name, { Tier: 'Standard', Overwrite: true }))).toEqual([
      'ValidationException',
      400,
    ]);
  },

  'a name has 15 levels at most': async (aws) => {
    const levels = (count: number) => `/${unique('level')}${'/x'.repeat(count - 1)}`;
    await put(aws, levels(15));
    expect(await refusal(put(aws, levels(16)))).toEqual(['HierarchyLevelLimitExceededException', 400]);
  },

  'names that AWS keeps for itself are refused': async (aws) => {
    for (const name of ['/aws/x', '/ssm/x', 'AWSx']) {
      expect([name, (await refusal(put(aws, name)))[1]]).toEqual([name, 400]);
    }
  },

  'an empty value is refused': async (aws) => {
    expect((await refusal(put(aws, `/${unique('empty')}`, { Value: '' })))[1]).toBe(400);
  },

  'a path holds its own level, or all below when asked for': async (aws) => {
    const folder = `/${unique('path')}`;
    for (const name of ['a', 'b', 'sub/c']) await put(aws, `${folder}/${name}`);
    const names = async (Recursive: boolean) => {
      const command = new GetParametersByPathCommand({ Path: folder, Recursive });
      return (await aws.ssm.send(command)).Parameters?.map(({ Name }) => Name).toSorted();
    };
    expect(await names(false)).toEqual([`${folder}/a`, `${folder}/b`]);
    expect(await names(true)).toEqual([`${folder}/a`, `${folder}/b`, `${folder}/sub/c`]);
  },

  'a path is read in pages of ten': async (aws) => {
    const Path = `/${unique('pages')}`;
    await Promise.all(Array.from({ length: 12 }, (_, index) => put(aws, `${Path}/${index}`)));
    const pages = await allPages(async (NextToken) => {
      const answer = await aws.ssm.send(new GetParametersByPathCommand({ Path, NextToken }));
      return { items: answer.Parameters, next: answer.NextToken };
    });
    expect(pages.map((page) => page.length)).toEqual([10, 2]);
  },

  'a page of a path holds ten at most': async ({ ssm }) => {
    const command = new GetParametersByPathCommand({ Path: '/', MaxResults: 11 });
    expect(await refusal(ssm.send(command))).toEqual(['ValidationException', 400]);
  },

  'a token of a path that no page gave is refused': async ({ ssm }) => {
    const command = new GetParametersByPathCommand({ Path: '/', NextToken: 'nonsense' });
    expect(await refusal(ssm.send(command))).toEqual(['InvalidNextToken', 400]);
  },

  'a parameter is deleted once': async (aws) => {
    const Name = `/${unique('deleted')}`;
    await put(aws, Name);
    await aws.ssm.send(new DeleteParameterCommand({ Name }));
    expect(await refusal(aws.ssm.send(new DeleteParameterCommand({ Name })))).toEqual([
      'ParameterNotFound',
      400,
    ]);
  },
};

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export const stsCases: Cases = {
  'GetCallerIdentity tells account and ARN': async ({ sts }) => {
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    expect(Account).toMatch(/^\d{12}$/);
    expect(Arn).toMatch(new RegExp(`^arn:aws:(iam|sts)::${Account}:`));
  },
};
