import type { Construct } from 'constructs';
import { given, present } from '../../values/decision.ts';
import { valuesByForm } from '../../values/maps.ts';
import type { Account } from '../account.ts';
import { decryptThrough } from '../parameters.ts';
import type { Statement } from '../policy.ts';
import type { TaskSettings } from './containers.ts';

/** What roles are granted: of a secret all of it, whichever key of its JSON is taken. */
const forms = {
  parameters: /^(arn:[a-z0-9-]+:ssm:.+)$/,
  secrets: /^(arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:]+)/,
};

/**
 * What ECS does to start a task: read its image and its secrets, and write its log
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html).
 */
export function startTask(
  scope: Construct,
  account: Account,
  settings: TaskSettings,
  logGroupName: string,
): Statement[] {
  const sources = [settings.secrets, settings.secretFiles];
  const { parameters, secrets } = valuesByForm(scope, 'secret-arns', sources, forms);
  const { imageRepositoryArn } = settings;
  const isInEcr = present(imageRepositoryArn);
  return [
    {
      sid: 'WriteLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [account.arn('logs', `log-group:${logGroupName}:*`)],
    },
    // It cannot be limited to resources:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    { sid: 'EnterRegistry', when: isInEcr, actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
    {
      sid: 'ReadImage',
      when: isInEcr,
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: imageRepositoryArn === undefined ? [] : [imageRepositoryArn],
    },
    {
      sid: 'ReadParameters',
      when: given(parameters),
      actions: ['ssm:GetParameters'],
      resources: parameters,
    },
    {
      sid: 'ReadSecrets',
      when: given(secrets),
      actions: ['secretsmanager:GetSecretValue'],
      resources: secrets,
    },
    decryptThrough(account, ['secretsmanager', 'ssm'], settings.secretKmsKeyArns),
  ];
}
