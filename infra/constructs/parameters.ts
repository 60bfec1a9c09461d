import { conditional, Fn, Token } from 'cdktf';
import { both, type Decision, given, present } from '../values/decision.ts';
import type { Account } from './account.ts';
import type { Statement } from './policy.ts';

/**
 * A parameter as GetParameter takes it: a name with a path begins with a slash
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html).
 */
export function qualifiedName(name: string): string {
  if (!Token.isUnresolved(name)) return name.replace(/^([^/:]+\/)/, '/$1');
  return Fn.replace(name, '/^([^/:]+/)/', '/$1');
}

/**
 * ARN of a parameter named with or without a leading slash, or by ARN
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html).
 */
function parameterArn(account: Account, name: string): string {
  const arnOf = (path: string) => account.arn('ssm', `parameter/${path}`);
  if (!Token.isUnresolved(name)) return name.startsWith('arn:') ? name : arnOf(name.replace(/^\//, ''));
  const isArn = Fn.startswith(name, 'arn:');
  return Token.asString(conditional(isArn, name, arnOf(Fn.trimprefix(name, '/'))));
}

/** Lets the function read one parameter, if one is named. */
export function readParameter(account: Account, sid: string, name: string): Statement {
  return { sid, when: given(name), actions: ['ssm:GetParameter'], resources: [parameterArn(account, name)] };
}

/** Lets a role decrypt with customer-managed keys, through these services only. */
export function decryptThrough(
  account: Account,
  services: readonly string[],
  keyArns: string[],
  when: Decision = given(keyArns),
): Statement {
  return {
    sid: 'Decrypt',
    when,
    actions: ['kms:Decrypt'],
    resources: keyArns,
    condition: [
      {
        test: 'StringEquals',
        variable: 'kms:ViaService',
        values: services.map((service) => account.viaService(service)),
      },
    ],
  };
}

/**
 * Lets the function keep what functions find below a prefix, and nothing beside it. Under the key `aws/ssm` this is all;
 * with a key of one's own standard parameters take `kms:Encrypt`, advanced ones `kms:GenerateDataKey`
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html). Both are
 * granted in any tier: the account's default tier may make a parameter advanced, and one that is advanced stays so.
 */
export function keepExtensionData(account: Account, prefix: string, keyArn: string | undefined): Statement[] {
  const path = Token.isUnresolved(prefix) ? Fn.trim(prefix, '/') : prefix.replaceAll(/^\/+|\/+$/g, '');
  const below = account.arn('ssm', `parameter/${path}/*`);
  return [
    {
      sid: 'KeepExtensionData',
      when: given(prefix),
      actions: ['ssm:DeleteParameter', 'ssm:GetParameters', 'ssm:PutParameter'],
      resources: [below],
    },
    {
      sid: 'EncryptExtensionData',
      when: both(given(prefix), present(keyArn)),
      actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'],
      resources: keyArn === undefined ? [] : [keyArn],
      condition: [
        { test: 'StringEquals', variable: 'kms:ViaService', values: [account.viaService('ssm')] },
        { test: 'StringLike', variable: 'kms:EncryptionContext:PARAMETER_ARN', values: [below] },
      ],
    },
  ];
}
