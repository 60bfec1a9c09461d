import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
import { Construct } from 'constructs';
import type { registryInputs } from '../../inputs/registry.ts';
import { both, buildUnlessFalse, type Decision, existsWhen } from '../../values/decision.ts';
import type { ValuesOf } from '../../values/inputs.ts';
import { Alarms, anyOf, fiveMinutes, type Metric } from '../alarms.ts';
import type { NodeFunction } from '../node-function.ts';

export interface ApiProps {
  readonly when: Decision;
  readonly function: NodeFunction;
  readonly settings: ValuesOf<typeof registryInputs>;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
export const accessLogFormat = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
});

interface ApiAccessProps extends ApiProps {
  readonly logsRequests: Decision;
  readonly executionArn: string;
  /** Where CloudWatch counts the API's answers of 500 and above. */
  readonly serverErrors: Metric;
}

/** What surrounds an API: the log of its requests, its right (and nobody else's) to invoke the function, its alarm. */
export class ApiAccess extends Construct {
  /** Missing when it is known at synth that requests are not logged. */
  readonly logGroupArn: string | undefined;

  constructor(scope: Construct, id: string, props: ApiAccessProps) {
    super(scope, id);
    const { settings } = props;
    const exists = existsWhen(props.when);
    const log = buildUnlessFalse(both(props.when, props.logsRequests), (when) => {
      return new CloudwatchLogGroup(this, 'log', {
        ...existsWhen(when),
        name: `/aws/apigateway/${settings.name}`,
        retentionInDays: settings.logRetentionInDays,
        kmsKeyId: settings.logKmsKeyArn,
        tags: settings.tags,
      });
    });
    new LambdaPermission(this, 'permission', {
      ...exists,
      statementId: 'Api',
      action: 'lambda:InvokeFunction',
      functionName: props.function.name,
      principal: 'apigateway.amazonaws.com',
      sourceArn: `${props.executionArn}/*/*`,
    });
    buildUnlessFalse(both(props.when, settings.createAlarms), (when) => {
      const alarm = anyOf(props.serverErrors, fiveMinutes, 'Requests are answered with 500 or above.');
      return new Alarms(this, 'alarm', {
        when,
        name: settings.name,
        actions: settings.alarmActions,
        tags: settings.tags,
        alarms: { 'server-errors': alarm },
      });
    });
    this.logGroupArn = log?.arn;
  }
}
