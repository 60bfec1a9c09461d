import { logLevel, textRuleOf } from '../../src/config/fields.ts';
import type { TextRule } from '../../src/config/text-rules.ts';
import { type Input, optional, required, withDefault } from '../values/inputs.ts';
import { each, emptyOr, matching, nullOr, oneOf, type Rule, ruleOf, wholeNumber } from '../values/rules.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentions = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const kmsKeyArn = matching(
  /^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/,
  'the ARN of a KMS key (not of an alias)',
);
const keyExample = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** A KMS key by ARN, absent unless given. */
export function optionalKey(description: string) {
  return optional('string', description, { rule: nullOr(kmsKeyArn), example: keyExample });
}

/** KMS keys by ARN, none unless given. */
export function keyList(description: string) {
  return withDefault('list(string)', [], description, { rule: each(kmsKeyArn), example: [keyExample] });
}

/** What every function of this project has. */
export const commonInputs = {
  name: required('string', 'Name of the function, and of the role, queues and alarms around it.', {
    rule: matching(
      /^[A-Za-z0-9_-]{1,64}$/,
      '1 to 64 letters, digits, hyphens or underscores, as Lambda wants it',
    ),
    example: 'consul-lambda-registrator',
  }),
  arch: withDefault('string', 'arm64', 'Processor of the function; the zip runs on both.', {
    rule: oneOf(['arm64', 'x86_64']),
  }),
  memorySize: withDefault(
    'number',
    512,
    'Memory of the function in MB, which also sets its share of a processor.',
    {
      rule: wholeNumber(128, 10_240),
    },
  ),
  reservedConcurrentExecutions: withDefault(
    'number',
    -1,
    'Concurrent executions kept for the function and its limit; -1 sets none, 0 switches the function off.',
    { rule: wholeNumber(-1) },
  ),
  s3Bucket: optional('string', 'Bucket to take the zip from instead of the file beside the module.'),
  s3Key: optional('string', 'Key of the zip in `s3_bucket`.'),
  s3ObjectVersion: optional('string', 'Version of the zip in `s3_bucket`.'),
  subnetIds: withDefault('list(string)', [], 'Subnets of the VPC to run in; needs `security_group_ids`.'),
  securityGroupIds: withDefault('list(string)', [], 'Security groups in the VPC; needs `subnet_ids`.'),
  logLevel: withDefault('string', 'info', 'Detail of the log.', {
    rule: optionRule({ rule: textRuleOf(logLevel) }),
  }),
  createLogGroup: withDefault(
    'bool',
    true,
    'Whether to make the log group of the function; `false` when it is yours or Lambda made it already.',
  ),
  logGroupName: optional(
    'string',
    'Name of the log group of the function; `/aws/lambda/<name>` unless given.',
    {
      rule: nullOr(
        matching(/^[A-Za-z0-9_/.#-]{1,512}$/, '1 to 512 letters, digits or characters of `_/.#-`'),
      ),
      example: '/platform/registrator',
    },
  ),
  logRetentionInDays: withDefault(
    'number',
    30,
    'Days that log groups made here keep logs; 0 keeps them for ever.',
    {
      rule: oneOf(retentions),
    },
  ),
  logKmsKeyArn: optionalKey(
    'Key that encrypts the log groups made here; its policy must allow CloudWatch Logs.',
  ),
  permissionsBoundary: optional('string', 'ARN of a permissions boundary for every role.', {
    rule: nullOr(
      matching(/^arn:[a-z0-9-]+:iam::([0-9]{12}|aws):policy\/[^*? ]+$/, 'the ARN of an IAM policy'),
    ),
    example: 'arn:aws:iam::123456789012:policy/boundary',
  }),
  createAlarms: withDefault('bool', true, 'Whether to make CloudWatch alarms.'),
  alarmActions: withDefault(
    'list(string)',
    [],
    'ARNs, as of SNS topics, told when an alarm goes off and when it is over.',
    {
      rule: each(matching(/^arn:.+$/, 'an ARN')),
      example: ['arn:aws:sns:eu-central-1:123456789012:oncall'],
    },
  ),
  tags: withDefault('map(string)', {}, 'Tags on everything that is made.'),
};

/** A Parameter Store name with or without its leading slash, or its ARN, without wildcards; empty for none. */
export function parameterName(description: string, example: string) {
  const pattern = /^(arn:[a-z0-9-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter\/)?[A-Za-z0-9_./-]*[A-Za-z0-9_.-]$/;
  const rule = emptyOr(matching(pattern, 'the name or the ARN of a parameter'));
  return withDefault('string', '', description, { rule, example });
}

/** An option that is passed on as it is, and what a plan can know of its rule. */
export interface PassedOn {
  readonly option: ProgramOption;
  readonly rule?: Rule;
}

/** What {@link passedInputs} needs to know of an option of a program. */
interface ProgramOption {
  readonly env: string;
  readonly description: string;
  readonly defaultText: string;
  readonly rule?: TextRule | undefined;
}

/** An option with the rule that it has itself as data, or else with one that says the same to Terraform. */
export function passOn(option: ProgramOption, rule = optionRule(option)): PassedOn {
  return rule === undefined ? { option } : { option, rule };
}

/** The rule of an option as that of an input, changed by `also`, where the option has one as data. */
export function optionRule(
  { rule }: Pick<ProgramOption, 'rule'>,
  also = (own: Rule): Rule => own,
): Rule | undefined {
  return rule === undefined ? undefined : also(ruleOf(rule));
}

/** An option of a program as an input that is empty unless given. */
export function emptyOrOption(option: ProgramOption, example: string): Input<'string', string> {
  const rule = optionRule(option, emptyOr);
  return withDefault('string', '', sentence(option.description), rule && { rule, example });
}

/** Options of a program as inputs: described by the program, its own default unless given. */
export function passedInputs<Table extends Readonly<Record<string, PassedOn>>>(
  table: Table,
): { [Key in keyof Table]: Input<'string', null> } {
  const inputs = Object.entries(table).map(([key, { option, rule }]) => {
    const { description, defaultText } = option;
    const hasDefault = !['none', 'required', ''].includes(defaultText);
    const checked = rule === undefined ? {} : { rule: nullOr(emptyOr(rule)), example: defaultText };
    const text = sentence(hasDefault ? `${description} (\`${defaultText}\` unless given)` : description);
    return [key, optional('string', text, checked)];
  });
  return Object.fromEntries(inputs) as { [Key in keyof Table]: Input<'string', null> };
}

/** The environment of options that are passed on. */
export function passedVariables(
  table: Readonly<Record<string, PassedOn>>,
  values: Readonly<Record<string, unknown>>,
): Record<string, string | undefined> {
  const entries = Object.entries(table).map(([key, { option }]) => [option.env, values[key]]);
  return Object.fromEntries(entries) as Record<string, string | undefined>;
}

/** A capital letter in front and a full stop behind. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
