import { ApiGatewayDeployment } from '@cdktf/provider-aws/lib/api-gateway-deployment/index.js';
import { ApiGatewayIntegration } from '@cdktf/provider-aws/lib/api-gateway-integration/index.js';
import { ApiGatewayMethod } from '@cdktf/provider-aws/lib/api-gateway-method/index.js';
import { ApiGatewayMethodSettings } from '@cdktf/provider-aws/lib/api-gateway-method-settings/index.js';
import { ApiGatewayResource } from '@cdktf/provider-aws/lib/api-gateway-resource/index.js';
import { ApiGatewayRestApi } from '@cdktf/provider-aws/lib/api-gateway-rest-api/index.js';
import { ApiGatewayStage } from '@cdktf/provider-aws/lib/api-gateway-stage/index.js';
import { conditional } from 'cdktf';
import { Construct } from 'constructs';
import { choose, type Decision, equals, existsWhen } from '../values/decision.ts';
import { type ApiProps, accessLogFormat, ApiAccess } from './api-access.ts';

/** Answers from this size on are compressed for callers that accept it. */
const compressFromBytes = 1024;

/** A regional REST API that hands every path to the function, which knows the routes. */
export class RestApi extends Construct {
  readonly url: string;
  readonly executionArn: string;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { settings } = props;
    const exists = existsWhen(props.when);
    const api = new ApiGatewayRestApi(this, 'api', {
      ...exists,
      name: settings.name,
      description: 'lambda-registry',
      minimumCompressionSize: String(compressFromBytes),
      endpointConfiguration: { types: ['REGIONAL'] },
      tags: settings.tags,
    });
    const deployment = deployAnyPath(this, api, props);
    const access = new ApiAccess(this, 'access', {
      ...props,
      logsRequests: settings.restAccessLog,
      executionArn: api.executionArn,
      serverErrors: {
        namespace: 'AWS/ApiGateway',
        metricName: '5XXError',
        dimensions: { ApiName: api.name },
      },
    });
    const stage = new ApiGatewayStage(this, 'stage', {
      ...exists,
      restApiId: api.id,
      deploymentId: deployment.id,
      stageName: 'v1',
      tags: settings.tags,
    });
    logRequests(stage, settings.restAccessLog, access.logGroupArn);
    new ApiGatewayMethodSettings(this, 'throttling', {
      ...exists,
      restApiId: api.id,
      stageName: stage.stageName,
      methodPath: '*/*',
      settings: {
        throttlingRateLimit: settings.throttlingRateLimit,
        throttlingBurstLimit: settings.throttlingBurstLimit,
      },
    });
    this.url = stage.invokeUrl;
    this.executionArn = api.executionArn;
  }
}

/** One method for every path, and the snapshot of it that a stage serves. */
function deployAnyPath(scope: Construct, api: ApiGatewayRestApi, props: ApiProps): ApiGatewayDeployment {
  const exists = existsWhen(props.when);
  const anyPath = new ApiGatewayResource(scope, 'any-path', {
    ...exists,
    restApiId: api.id,
    parentId: api.rootResourceId,
    pathPart: '{proxy+}',
  });
  const method = new ApiGatewayMethod(scope, 'method', {
    ...exists,
    restApiId: api.id,
    resourceId: anyPath.id,
    httpMethod: 'ANY',
    authorization: choose(equals(props.settings.authorization, 'iam'), 'AWS_IAM', 'NONE'),
  });
  const integration = new ApiGatewayIntegration(scope, 'integration', {
    ...exists,
    restApiId: api.id,
    resourceId: anyPath.id,
    httpMethod: method.httpMethod,
    integrationHttpMethod: 'POST',
    type: 'AWS_PROXY',
    uri: props.function.invokeArn,
  });
  return new ApiGatewayDeployment(scope, 'deployment', {
    ...exists,
    restApiId: api.id,
    // Whatever the snapshot is made of must make a new one.
    triggers: { authorization: method.authorization, integration: integration.uri },
    lifecycle: { createBeforeDestroy: true },
  });
}

/** A block that is there only when requests are logged, since the stage cannot be made with it in a region without the role. */
function logRequests(stage: ApiGatewayStage, when: Decision, logGroupArn: string | undefined): void {
  if (when === false || logGroupArn === undefined) return;
  const content = { destination_arn: logGroupArn, format: accessLogFormat };
  if (when === true) stage.addOverride('access_log_settings', content);
  else {
    const block = { for_each: conditional(when, [1], []), content };
    stage.addOverride('dynamic', { access_log_settings: block });
  }
}
