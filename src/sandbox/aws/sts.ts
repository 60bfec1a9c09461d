import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ApiError, operation } from './api.ts';

const assumeSchema = z.object({
  RoleArn: z.string().regex(/^arn:[^:]+:iam::\d{12}:role\/.+/),
  RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/),
  ExternalId: z.string().optional(),
});

export const sts = {
  GetCallerIdentity: operation('ValidationError', z.unknown(), (_input, { world }) => ({
    body: {
      Arn: `arn:${world.partition}:iam::${world.account}:user/sandbox`,
      UserId: 'AIDASANDBOXUSER000001',
      Account: world.account,
    },
  })),

  /** An hour of credentials, which are as good here as any others. */
  AssumeRole: operation('ValidationError', assumeSchema, (input, { world }) => {
    const role = world.roles.get(input.RoleArn);
    if (role === undefined || role.externalId !== input.ExternalId) {
      const message = `User: sandbox is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`;
      throw new ApiError('AccessDenied', message, 403);
    }
    const Arn = `${input.RoleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${input.RoleSessionName}`;
    return {
      body: {
        AssumedRoleUser: { AssumedRoleId: `AROASANDBOXROLE000001:${input.RoleSessionName}`, Arn },
        Credentials: {
          AccessKeyId: `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`,
          SecretAccessKey: randomUUID(),
          SessionToken: randomUUID(),
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        },
      },
    };
  }),
};
