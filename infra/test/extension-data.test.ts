import { describe, expect, it } from 'vitest';
import { registratorStack } from './support/configurations.ts';
import { lines } from './support/statements.ts';

const key = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const always = lines(registratorStack());

/** What is granted beyond what every registrator is. */
function added(props: Record<string, unknown>): string[] {
  return lines(registratorStack(props)).filter((line) => !always.includes(line));
}

describe('extension data', () => {
  const prefix = { consulExtensionDataPrefix: '/consul/lambda' };
  const below = 'arn:aws:ssm:REGION:ACCOUNT:parameter/consul/lambda/*';
  const kept = `registrator/permission: Allow ssm:DeleteParameter, ssm:GetParameters, ssm:PutParameter on ${below}`;

  it.each(['/consul/lambda', 'consul/lambda', '/consul/lambda/'])(
    'below %s is kept there and nowhere else',
    (consulExtensionDataPrefix) => {
      expect(added({ consulExtensionDataPrefix })).toEqual([kept]);
    },
  );

  it('is encrypted with one key, through Parameter Store, for parameters below the prefix', () => {
    expect(added({ ...prefix, extensionDataKmsKeyArn: key })).toEqual([
      kept,
      `registrator/permission: Allow kms:Decrypt, kms:Encrypt, kms:GenerateDataKey on ${key} if kms:ViaService StringEquals ssm.REGION.amazonaws.com if kms:EncryptionContext:PARAMETER_ARN StringLike ${below}`,
    ]);
  });

  it('takes no permission of itself in a tier', () => {
    expect(added({ ...prefix, consulExtensionDataTier: 'Advanced' })).toEqual([kept]);
  });
});

describe('an input that AWS has no part in', () => {
  it.each([
    { consulDatacenter: 'dc1' },
    { primaryDatacenter: 'dc1' },
    { enterprise: true, partitions: ['apps'] },
    { terminatingGateway: 'terminating-gateway' },
    { previousOwnerIds: ['123456789012/eu-central-1/functions'] },
    { consulExtensionDataTier: 'Advanced', extensionDataKmsKeyArn: key },
  ])('grants nothing: %o', (props) => {
    expect(lines(registratorStack(props))).toEqual(always);
  });
});
