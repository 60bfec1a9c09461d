import * as z from 'zod';
import { operation } from './api.ts';

export const sts = {
  GetCallerIdentity: operation('ValidationError', z.unknown(), (_input, { world }) => ({
    body: {
      Arn: `arn:${world.partition}:iam::${world.account}:user/sandbox`,
      UserId: 'AIDASANDBOXUSER000001',
      Account: world.account,
    },
  })),
};
