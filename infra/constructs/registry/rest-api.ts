import { ApiGatewayDeployment } from '@cdktf/provider-aws/lib/api-gateway-deployment/index.js';
import { ApiGatewayIntegration } from '@cdktf/provider-aws/lib/api-gateway-integration/index.js';
import { ApiGatewayMethod } from '@cdktf/provider-aws/lib/api-gateway-method/index.js';
import { ApiGatewayMethodSettings } from '@cdktf/provider-aws/lib/api-gateway-method-settings/index.js';
import { ApiGatewayResource } from '@cdktf/provider-aws/lib/api-gateway-resource/index.js';
import { ApiGatewayRestApi } from '@cdktf/provider-aws/lib/api-gateway-rest-api/index.js';
import { ApiGatewayStage } from '@cdktf/provider-aws/lib/api-gateway-stage/index.js';
import { Construct } from 'constructs';
import { addBlock } from '../../values/blocks.ts';
import { choose, equals, existsWhen } from '../../values/decision.ts';
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
    // Without the role for CloudWatch in a region's settings, a stage with this block cannot be made.
    addBlock(stage, 'access_log_settings', settings.restAccessLog, {
      destination_arn: access.logGroupArn,
      format: accessLogFormat,
    });
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
