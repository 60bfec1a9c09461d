import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function/index.js';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import type { commonInputs } from '../inputs/common.ts';
import { addBlock } from '../values/blocks.ts';
import { choose, given, present, same } from '../values/decision.ts';
import type { ValuesOf } from '../values/inputs.ts';
import { mustHold, type Requirement } from '../values/requirements.ts';
import type { Account } from './account.ts';
import { makeLogGroup } from './log-group.ts';
import { assumedBy, policyDocument, type Statement } from './policy.ts';

interface NodeFunctionProps {
  readonly account: Account;
  readonly settings: ValuesOf<typeof commonInputs> & { readonly timeout: number };
  readonly description: string;
  /** Path of the zip as Terraform sees it; an S3 object of the settings is taken instead. */
  readonly zip: string;
  readonly environment: Record<string, string>;
  /** What the program itself may do. */
  readonly statements: readonly Statement[];
  /** What the inputs of the program must fulfil together, beside what every function asks of its own. */
  readonly requirements: readonly Requirement[];
}

/**
 * A Lambda on Node 22 with its log group, unless that is the caller's, and a role that may write to it and do what
 * `statements` say.
 */
export class NodeFunction extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly invokeArn: string;
  readonly role: IamRole;
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { account, settings } = props;
    const log = makeLogGroup(this, settings, `/aws/lambda/${settings.name}`);
    this.role = new IamRole(this, 'role', {
      name: settings.name,
      assumeRolePolicy: policyDocument(this, 'trust', [assumedBy('lambda.amazonaws.com')]),
      permissionsBoundary: settings.permissionsBoundary,
      tags: settings.tags,
    });
    const policy = new IamRolePolicy(this, 'permissions', {
      name: settings.name,
      role: this.role.id,
      policy: policyDocument(this, 'permission', [
        {
          sid: 'WriteLog',
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [account.arn('logs', `log-group:${log.name}:*`)],
        },
        ...props.statements,
        ...networkStatements(account.arn('lambda', `function:${settings.name}`), settings.subnetIds),
      ]),
    });
    const lambda = new LambdaFunction(this, 'function', {
      functionName: settings.name,
      description: props.description,
      role: this.role.arn,
      packageType: 'Zip',
      runtime: 'nodejs22.x',
      handler: 'index.handler',
      architectures: [settings.arch],
      memorySize: settings.memorySize,
      timeout: settings.timeout,
      reservedConcurrentExecutions: settings.reservedConcurrentExecutions,
      ...codeOf(props.zip, settings),
      environment: { variables: props.environment },
      vpcConfig: { subnetIds: settings.subnetIds, securityGroupIds: settings.securityGroupIds },
      tags: settings.tags,
      dependsOn: log.group === undefined ? [policy] : [log.group, policy],
      lifecycle: { precondition: mustHold(scope, [...props.requirements, ...requirements(settings)]) },
    });
    writeLogTo(lambda, settings.logGroupName);
    this.logGroupName = log.nameOnceMade;
    this.name = lambda.functionName;
    this.arn = lambda.arn;
    this.invokeArn = lambda.invokeArn;
  }
}

/** A block that is there only when a group is named, so that other functions keep Lambda's own settings. */
function writeLogTo(lambda: LambdaFunction, named: string | undefined): void {
  const content = { log_format: 'Text', log_group: named };
  addBlock(lambda, 'logging_config', present(named), content);
}

function requirements(settings: NodeFunctionProps['settings']): Requirement[] {
  return [
    {
      holds: same(given(settings.subnetIds), given(settings.securityGroupIds)),
      message:
        'subnet_ids and security_group_ids belong together, for example subnet_ids = ["subnet-0abc"] with security_group_ids = ["sg-0abc"].',
    },
    {
      holds: same(present(settings.s3Bucket), present(settings.s3Key)),
      message:
        's3_bucket and s3_key belong together, for example s3_bucket = "releases" with s3_key = "function.zip".',
    },
  ];
}

/** The zip beside the module, or the S3 object when one is named. */
function codeOf(zip: string, settings: NodeFunctionProps['settings']) {
  const fromS3 = present(settings.s3Bucket);
  return {
    filename: choose<string | undefined>(fromS3, undefined, zip),
    sourceCodeHash: choose<string | undefined>(fromS3, undefined, Fn.filebase64sha256(zip)),
    s3Bucket: settings.s3Bucket,
    s3Key: settings.s3Key,
    s3ObjectVersion: settings.s3ObjectVersion,
  };
}

/**
 * Lambda itself manages the network interfaces, with the function's role; the function's code may not
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions).
 */
function networkStatements(functionArn: string, subnetIds: string[]): Statement[] {
  const when = given(subnetIds);
  const actions = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ];
  const fromCode = { test: 'ArnEquals', variable: 'lambda:SourceFunctionArn', values: [functionArn] };
  return [
    { sid: 'JoinVpc', when, actions, resources: ['*'] },
    { sid: 'LeaveVpcToLambda', when, effect: 'Deny', actions, resources: ['*'], condition: [fromCode] },
  ];
}
