import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import {
  HttpApi as Api,
  type CfnStage,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { routes } from '../functions/routes.ts';

export interface HttpApiProps {
  /** The function of each operation in `functions/routes.ts`, and of `unmatched-route`. */
  functions: ReadonlyMap<string, IFunction>;
  /** Default: IAM (requests are signed with SigV4). */
  authorizer?: IHttpRouteAuthorizer | undefined;
}

/** Fields of an access log line: who and how long, never a query or a body. */
const ACCESS_LOG = {
  request_id: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  caller: '$context.identity.userArn',
  latency_ms: '$context.responseLatency',
  integration_latency_ms: '$context.integrationLatency',
  error: '$context.error.message',
};

/** The routes behind one HTTP API. Every one of them asks who calls, also the one for what fits no route. */
export class HttpApi extends Construct {
  readonly api: Api;

  constructor(scope: Construct, id: string, { functions, authorizer = new HttpIamAuthorizer() }: HttpApiProps) {
    super(scope, id);
    this.api = new Api(this, 'Api', { description: 'Berth: per-tenant compute', createDefaultStage: false });
    const logGroup = new LogGroup(this, 'AccessLogs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = this.api.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 100, burstLimit: 200 },
    });
    (stage.node.defaultChild as CfnStage).accessLogSettings = {
      destinationArn: logGroup.logGroupArn,
      format: JSON.stringify(ACCESS_LOG),
    };
    const integrate = (operation: string) => {
      const fn = functions.get(operation);
      if (!fn) throw new Error(`no function for the operation ${operation}`);
      return new HttpLambdaIntegration(operation, fn);
    };
    for (const { operation, method, path } of routes) {
      this.api.addRoutes({ path, methods: [HttpMethod[method]], integration: integrate(operation), authorizer });
    }
    new HttpRoute(this, 'Unmatched', {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: integrate('unmatched-route'),
      authorizer,
    });
    new CfnOutput(this, 'Endpoint', { value: this.api.apiEndpoint, description: 'Where the HTTP API answers' });
  }
}
