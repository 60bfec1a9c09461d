import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from '@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js';
import { conditional } from 'cdktf';
import type { Construct } from 'constructs';
import { type Decision, existsWhen } from '../values/decision.ts';

/** A statement; with `when`, only if that is so. */
export interface Statement extends DataAwsIamPolicyDocumentStatement {
  readonly sid: string;
  readonly actions: string[];
  readonly when?: Decision;
}

/** The JSON of a policy, which itself may exist only `when` something is so. */
export function policyDocument(
  scope: Construct,
  id: string,
  statements: readonly Statement[],
  when: Decision = true,
): string {
  const always = statements.filter(({ when = true }) => when === true);
  const perhaps = statements.filter(({ when = true }) => typeof when !== 'boolean');
  const document = new DataAwsIamPolicyDocument(scope, id, {
    ...existsWhen(when),
    statement: always.map(({ when: _when, ...statement }) => statement),
  });
  if (perhaps.length > 0) {
    const blocks = perhaps.map(({ when, ...content }) => ({ for_each: conditional(when, [1], []), content }));
    document.addOverride('dynamic', { statement: blocks });
  }
  return document.json;
}

/** Lets a service assume a role, on the conditions that its page on confused deputies asks for. */
export function assumedBy(
  service: string,
  condition: DataAwsIamPolicyDocumentStatement['condition'] = [],
): Statement {
  return {
    sid: 'Assume',
    actions: ['sts:AssumeRole'],
    principals: [{ type: 'Service', identifiers: [service] }],
    condition,
  };
}

/** Lets an AWS service use a resource on behalf of exactly one source, by ARN. */
export function allowService(statement: {
  sid: string;
  service: string;
  actions: string[];
  resources: string[];
  source: string;
}): Statement {
  return {
    sid: statement.sid,
    actions: statement.actions,
    resources: statement.resources,
    principals: [{ type: 'Service', identifiers: [statement.service] }],
    condition: [{ test: 'ArnEquals', variable: 'aws:SourceArn', values: [statement.source] }],
  };
}
