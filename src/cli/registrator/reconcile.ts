import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Result } from '../../registrator/app.ts';
import { type JsonOption, jsonOption } from '../json.ts';
import { isEdgeReplica, parseFunctionArn } from '../../lambda-service/arn.ts';

/** What the command line says of one run of the registrator. */
export interface ReconcileOptions extends JsonOption {
  /** ARNs to look at; all functions when there are none. */
  function?: string[];
  policy?: 'sync' | 'upsert-only';
  /** So many deletions go through the limit of deletions. */
  allowDeletes?: number;
  /** Owners whose services are taken over, as a comma list, besides those that the environment names. */
  from?: string;
}

/** Runs the registrator over what `options` name, in the environment that the process was started in. */
export type Reconcile = (options: ReconcileOptions, dryRun: boolean) => Promise<Result>;

export function withReconcileOptions(command: Command): Command {
  return command
    .option('--function <arn>', 'look at this function only (may be repeated)', collectArn)
    .addOption(new Option('--policy <policy>', 'upsert-only never deletes').choices(['sync', 'upsert-only']))
    .addOption(jsonOption('the report'));
}

function collectArn(value: string, previous: string[] = []): string[] {
  if (isEdgeReplica(value)) {
    throw new InvalidArgumentError('It is a replica of Lambda@Edge; name the function in its own region.');
  }
  if (parseFunctionArn(value) === undefined) {
    throw new InvalidArgumentError('It is not the ARN of a Lambda function.');
  }
  return [...previous, value];
}
