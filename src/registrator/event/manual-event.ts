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
  allowDeletes: z
    .int({ error: ({ input }) => notACount(input) })
    .min(1, { error: ({ input }) => notACount(input) })
    .optional(),
});

/**
 * What a request by hand asks for: `{"source":"lambda-registrator","action":"sync"}`, with `dryRun`, `functions` (ARNs,
 * qualified or not) and `allowDeletes` if wanted. The last concerns a sync of everything: nothing limits the deletions for
 * functions that are named.
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
  const { functions, dryRun, allowDeletes } = parsed.data;
  if (functions === undefined) {
    return { kind: 'full', dryRun, ...(allowDeletes === undefined ? {} : { allowDeletes }) };
  }
  return { kind: 'functions', arns: uniqueFunctionArns(functions), dryRun };
}

function notACount(input: unknown): string {
  return `"allowDeletes" must be a whole number of at least 1, not ${quoted(input)}`;
}

function notAnArn(input: unknown): string {
  const isReplica = typeof input === 'string' && isEdgeReplica(input);
  return `"functions" holds ${quoted(input)}, which is ${isReplica ? 'a Lambda@Edge replica; name its function to the registrator of its own region' : 'not the ARN of a Lambda function'}`;
}
