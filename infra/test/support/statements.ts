import { isObject, type Json, type JsonObject } from '../../module/expressions.ts';
import { at, ofType, textOf } from './configurations.ts';

interface Policy {
  readonly of: string;
  readonly statements: readonly JsonObject[];
}

/** Every policy of a configuration, with the path of its construct. */
export function policies(configuration: JsonObject): Policy[] {
  return ofType(configuration, 'aws_iam_policy_document', 'data').map(([, document]) => ({
    of: textOf(at(document, '//', 'metadata', 'path')).replace(/^test\/[^/]+\//, ''),
    statements: list(document['statement']).filter(isObject),
  }));
}

/** `Allow WriteLog: logs:PutLogEvents on … if …`, with references reduced to what they name. */
export function sentence(statement: JsonObject): string {
  const words = (value: Json | undefined) =>
    list(value)
      .map((item) => short(textOf(item)))
      .join(', ');
  const conditions = list(statement['condition']).filter(isObject);
  const principals = list(statement['principals']).filter(isObject);
  return [
    `${textOf(statement['effect'] ?? 'Allow')} ${words(statement['actions'])}`,
    ...(statement['resources'] === undefined ? [] : [`on ${words(statement['resources'])}`]),
    ...principals.map((principal) => `to ${words(principal['identifiers'])}`),
    ...conditions.map(
      ({ test, variable, values }) => `if ${textOf(variable)} ${textOf(test)} ${words(values)}`,
    ),
  ].join(' ');
}

function short(text: string): string {
  return text
    .replaceAll(/\$\{data\.aws_partition\.\w+\.partition\}/g, 'aws')
    .replaceAll(/\$\{data\.aws_partition\.\w+\.dns_suffix\}/g, 'amazonaws.com')
    .replaceAll(/\$\{data\.aws_region\.\w+\.id\}/g, 'REGION')
    .replaceAll(/\$\{data\.aws_caller_identity\.\w+\.account_id\}/g, 'ACCOUNT')
    .replaceAll(/\$\{aws_\w+\.[a-z]+_([\w-]+)_[0-9A-F]{8}\.(\w+)\}/g, '<$1 $2>');
}

/** A list as it is, a single value as a list of one. */
export function list(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

/** Every statement of a configuration as a sentence, after the policy that it is of. */
export function lines(configuration: JsonObject): string[] {
  return policies(configuration).flatMap(({ of, statements }) =>
    statements.map((one) => `${of}: ${sentence(one)}`),
  );
}
