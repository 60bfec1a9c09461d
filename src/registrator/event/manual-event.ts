import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { quoted } from '../../core/wording.ts';
import { isEdgeReplica, parseFunctionArn, uniqueFunctionArns } from '../../lambda-service/arn.ts';
import type { Task } from '../model/task.ts';

const functionArn = z
  .string({ error: ({ input }) => notAnArn(input) })
  .refine((value) => parseFunctionArn(value), { error: ({ input }) => notAnArn(input) });

const manualSchema = z.strictObject({
  source: z.literal('lambda-registrator'),
  action: z.literal('sync', { error: ({ input }) => `"action" must be "sync", not ${quoted(input)}` }),
  dryRun: z
    .boolean({ error: ({ input }) => `"dryRun" must be true or false, not ${quoted(input)}` })
    .default(false),
  functions: z
    .array(functionArn, { error: ({ input }) => `"functions" must be a list of ARNs, not ${quoted(input)}` })
    .min(1, '"functions" must name at least one function; leave it out to look at all')
    .optional(),
});

/**
 * What a request by hand asks for: `{"source":"lambda-registrator","action":"sync"}`, with `dryRun` and `functions` (ARNs,
 * qualified or not) if wanted.
 * @throws AppError EVENT_UNSUPPORTED naming every problem
 */
export function readManualEvent(event: unknown): Task {
  const parsed = manualSchema.safeParse(event);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown ${issue.keys.map((key) => quoted(key)).join(', ')}`
        : issue.message,
    );
    throw new AppError(
      'EVENT_UNSUPPORTED',
      `The lambda-registrator event is invalid: ${problems.join('; ')}.`,
    );
  }
  const { functions, dryRun } = parsed.data;
  if (functions === undefined) return { kind: 'full', dryRun };
  return { kind: 'functions', arns: uniqueFunctionArns(functions), dryRun };
}

function notAnArn(input: unknown): string {
  const isReplica = typeof input === 'string' && isEdgeReplica(input);
  return `"functions" holds ${quoted(input)}, which is ${isReplica ? 'a Lambda@Edge replica; name its function to the registrator of its own region' : 'not the ARN of a Lambda function'}`;
}
