import { Apigatewayv2Api } from '@cdktf/provider-aws/lib/apigatewayv2-api/index.js';
import { Apigatewayv2Authorizer } from '@cdktf/provider-aws/lib/apigatewayv2-authorizer/index.js';
import { Apigatewayv2Integration } from '@cdktf/provider-aws/lib/apigatewayv2-integration/index.js';
import { Apigatewayv2Route } from '@cdktf/provider-aws/lib/apigatewayv2-route/index.js';
import { Apigatewayv2Stage } from '@cdktf/provider-aws/lib/apigatewayv2-stage/index.js';
import { Construct } from 'constructs';
import { both, buildUnlessFalse, choose, equals, existsWhen } from '../../values/decision.ts';
import { type ApiProps, accessLogFormat, ApiAccess } from './api-access.ts';

/** An HTTP API that hands every path to the function, which knows the routes. */
export class HttpApi extends Construct {
  readonly url: string;
  readonly executionArn: string;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { settings } = props;
    const exists = existsWhen(props.when);
    const api = new Apigatewayv2Api(this, 'api', {
      ...exists,
      name: settings.name,
      description: 'lambda-registry',
      protocolType: 'HTTP',
      tags: settings.tags,
    });
    const integration = new Apigatewayv2Integration(this, 'integration', {
      ...exists,
      apiId: api.id,
      integrationType: 'AWS_PROXY',
      integrationUri: props.function.arn,
      payloadFormatVersion: '2.0',
    });
    const jwt = equals(settings.authorization, 'jwt');
    const authorizer = buildUnlessFalse(both(props.when, jwt), (when) => {
      const { jwtIssuer: issuer, jwtAudience: audience } = settings;
      return new Apigatewayv2Authorizer(this, 'authorizer', {
        ...existsWhen(when),
        apiId: api.id,
        name: 'jwt',
        authorizerType: 'JWT',
        identitySources: ['$request.header.Authorization'],
        jwtConfiguration: { issuer, audience },
      });
    });
    new Apigatewayv2Route(this, 'route', {
      ...exists,
      apiId: api.id,
      routeKey: 'ANY /{proxy+}',
      authorizationType: choose(jwt, 'JWT', choose(equals(settings.authorization, 'iam'), 'AWS_IAM', 'NONE')),
      authorizerId: choose<string | undefined>(jwt, authorizer?.id, undefined),
      target: `integrations/${integration.id}`,
    });
    const access = new ApiAccess(this, 'access', {
      ...props,
      logsRequests: true,
      executionArn: api.executionArn,
      serverErrors: { namespace: 'AWS/ApiGateway', metricName: '5xx', dimensions: { ApiId: api.id } },
    });
    new Apigatewayv2Stage(this, 'stage', {
      ...exists,
      apiId: api.id,
      name: '$default',
      autoDeploy: true,
      accessLogSettings: { destinationArn: access.logGroupArn ?? '', format: accessLogFormat },
      defaultRouteSettings: {
        throttlingRateLimit: settings.throttlingRateLimit,
        throttlingBurstLimit: settings.throttlingBurstLimit,
      },
      tags: settings.tags,
    });
    this.url = api.apiEndpoint;
    this.executionArn = api.executionArn;
  }
}
