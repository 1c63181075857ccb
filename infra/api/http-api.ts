import { RemovalPolicy } from 'aws-cdk-lib';
import {
  HttpApi as Api,
  type CfnStage,
  type CorsPreflightOptions,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  type IHttpRouteAuthorizer,
  type ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type OperationName, routes } from '../../functions/routes.ts';

/** Whose tokens are good. */
export interface Jwt {
  /** The issuer's URL, where it publishes its keys. */
  issuer: string;
  audience: readonly string[];
}

export interface HttpApiProps {
  /** The function of each operation in `functions/routes.ts`, and of `unmatched-route`. */
  functions: ReadonlyMap<string, IFunction>;
  /** Callers show a token in the header Authorization. */
  jwt?: Jwt | undefined;
  /** An authorizer of your own. Default: IAM (requests are signed with SigV4), or `jwt`. */
  authorizer?: IHttpRouteAuthorizer | undefined;
  /** For browsers on other origins. Default: none may. */
  cors?: CorsPreflightOptions | undefined;
  /** Requests a second, in the long run and at a time. Default: 100 and 200. */
  throttle?: ThrottleSettings | undefined;
  logRetention: RetentionDays;
}

const THROTTLE: ThrottleSettings = { rateLimit: 100, burstLimit: 200 };

/** Fields of an access log line: who and how long, never a query or a body. */
const ACCESS_LOG = {
  request_id: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latency_ms: '$context.responseLatency',
  integration_latency_ms: '$context.integrationLatency',
  error: '$context.error.message',
};

/** The routes behind one HTTP API. Every one of them asks who calls, also the one for what fits no route. */
export class HttpApi extends Construct {
  readonly api: Api;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { functions, jwt, cors } = props;
    this.api = new Api(this, 'Api', {
      description: 'Berth: per-tenant compute',
      createDefaultStage: false,
      ...(cors && { corsPreflight: cors }),
    });
    this.#addStage(props);
    const authorizer = props.authorizer ?? (jwt ? jwtAuthorizer(jwt) : new HttpIamAuthorizer());
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
  }

  /**
   * Allows somebody to call one operation of the API, or every one of them. In a policy `*` stands for slashes too: whoever may
   * call `get-tenant`, `GET /v1/tenants/*`, may also read what lies below a tenant, such as its status and its logs.
   */
  grantInvoke(grantee: IGrantable, operation?: OperationName): Grant {
    const route = routes.find((each) => each.operation === operation);
    if (operation && !route) throw new Error(`There is no operation ${operation}; see functions/routes.ts.`);
    const path = route?.path.replaceAll(/\{\w+\}/g, '*') ?? '/*';
    const resourceArns = [this.api.arnForExecuteApi(route?.method ?? '*', path, '$default')];
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }

  #addStage({ jwt, throttle = THROTTLE, logRetention }: HttpApiProps): void {
    const logGroup = new LogGroup(this, 'AccessLogs', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = this.api.addStage('Stage', { stageName: '$default', autoDeploy: true, throttle });
    const caller = jwt ? '$context.authorizer.claims.sub' : '$context.identity.userArn';
    (stage.node.defaultChild as CfnStage).accessLogSettings = {
      destinationArn: logGroup.logGroupArn,
      format: JSON.stringify({ ...ACCESS_LOG, caller }),
    };
  }
}

function jwtAuthorizer({ issuer, audience }: Jwt): HttpJwtAuthorizer {
  return new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: [...audience] });
}
