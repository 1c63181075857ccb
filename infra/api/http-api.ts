import { Names, RemovalPolicy } from 'aws-cdk-lib';
import {
  HttpApi as Api,
  type CfnStage,
  type CorsPreflightOptions,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  type HttpRouteProps,
  type IHttpRouteAuthorizer,
  type ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Scope } from '../../functions/operations/row.ts';
import { type OperationName, operations, type RoutedOperation, routes } from '../../functions/operations.ts';
import { acknowledge } from '../acknowledge.ts';
import { preflightOf } from './cors.ts';

/** The issuer of accepted tokens. */
export interface Jwt {
  /** The URL of the issuer, which publishes its keys there. */
  issuer: string;
  audience: readonly string[];
  /**
   * The scopes that a token needs, by what an operation does. Each has a default: `berth/read`, `berth/change`,
   * `berth/destroy`, `berth/admin`; the last one permits every operation. `false`: every valid token may do everything.
   */
  scopes?: { readonly [Name in Scope]?: string | undefined } | false | undefined;
}

export interface HttpApiSettings {
  /** Authorizes callers by tokens instead of IAM signatures. */
  jwt?: Jwt | undefined;
  /** Authorizes callers by a custom authorizer. Default: `jwt` if given, otherwise IAM (requests are signed with SigV4). */
  authorizer?: IHttpRouteAuthorizer | undefined;
  /** Allows browsers on other origins. Default: none. Headers and methods default to all that Berth knows. */
  cors?: CorsPreflightOptions | undefined;
  /** Requests per second and burst. Default: 100 and 200. */
  throttle?: ThrottleSettings | undefined;
}

export interface HttpApiProps extends HttpApiSettings {
  /** The function of each operation. */
  functions: ReadonlyMap<OperationName, IFunction>;
  logRetention: RetentionDays;
}

const THROTTLE: ThrottleSettings = { rateLimit: 100, burstLimit: 200 };

/**
 * The prefix of log groups that services deliver to. API Gateway lists every other log group in one resource policy of the
 * account, whose limit of 5,120 characters later stages exceed: their deployment then fails.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 */
const DELIVERED_LOGS = '/aws/vendedlogs';

/** Fields of an access log entry. They never contain a query or a body. */
const ACCESS_LOG = {
  request_id: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latency_ms: '$context.responseLatency',
  integration_latency_ms: '$context.integrationLatency',
  error: '$context.error.message',
};

/** The HTTP API with all routes. Each requires an authorized caller, `$default` included, except preflights of browsers. */
export class HttpApi extends Construct {
  readonly api: Api;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { functions, jwt, cors } = props;
    this.api = new Api(this, 'Api', {
      description: 'Berth: per-tenant compute',
      createDefaultStage: false,
      ...(cors && { corsPreflight: preflightOf(cors) }),
    });
    this.#addStage(props);
    const authorizer = props.authorizer ?? (jwt ? jwtAuthorizer(jwt) : new HttpIamAuthorizer());
    const integrate = (operation: OperationName) => {
      const fn = functions.get(operation);
      if (!fn) throw new Error(`the operation ${operation} has no function`);
      return new HttpLambdaIntegration(operation, fn);
    };
    for (const { operation, method, path } of routes) {
      const authorizationScopes = props.authorizer ? [] : scopesOf(operations[operation].scope, jwt);
      this.api.addRoutes({
        path,
        // RFC 9110, section 9.1: a server that supports GET supports HEAD.
        methods: method === 'GET' ? [HttpMethod.GET, HttpMethod.HEAD] : [HttpMethod[method]],
        integration: integrate(operation),
        authorizer,
        ...(authorizationScopes.length > 0 && { authorizationScopes }),
      });
    }
    // A token without scopes reaches no operation here, only the answer that there is none.
    const unmatched = { httpApi: this.api, integration: integrate('unmatched-route') };
    new HttpRoute(this, 'Unmatched', { ...unmatched, routeKey: HttpRouteKey.DEFAULT, authorizer });
    if (cors) this.#addPreflight(unmatched);
  }

  /**
   * Lets preflights pass: a browser sends them without credentials, so the route `$default` would refuse each of them. The
   * function, which has no access to anything, answers them, and API Gateway adds the headers of the CORS configuration.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html#http-api-cors-default-route
   */
  #addPreflight(unmatched: Pick<HttpRouteProps, 'httpApi' | 'integration'>): void {
    const routeKey = HttpRouteKey.with('/{proxy+}', HttpMethod.OPTIONS);
    const route = new HttpRoute(this, 'Preflight', { ...unmatched, routeKey, authorizer: new HttpNoneAuthorizer() });
    acknowledge(route, {
      'AwsSolutions-APIG4': 'a browser sends no credentials with a preflight, which changes nothing',
    });
  }

  /**
   * Grants the right to call one operation, or all of them. In a policy `*` matches slashes too: a grant of `get-tenant`,
   * `GET /v1/tenants/*`, includes reads below the tenant, such as its status and its logs.
   */
  grantInvoke(grantee: IGrantable, operation?: RoutedOperation): Grant {
    const route = operation && operations[operation]?.route;
    if (operation && !route) throw new Error(`unknown operation ${operation}: use one of functions/operations.ts`);
    const path = route?.path.replaceAll(/\{\w+\}/g, '*') ?? '/*';
    const methods = route?.method === 'GET' ? ['GET', 'HEAD'] : [route?.method ?? '*'];
    const resourceArns = methods.map((method) => this.api.arnForExecuteApi(method, path, '$default'));
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }

  #addStage({ jwt, throttle = THROTTLE, logRetention }: HttpApiProps): void {
    const logGroup = new LogGroup(this, 'AccessLogs', {
      logGroupName: `${DELIVERED_LOGS}/apis/${Names.uniqueResourceName(this, { maxLength: 128, separator: '-' })}`,
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

/** Returns the scopes of which a token needs one, or none if every token will do. */
function scopesOf(scope: Scope, jwt: Jwt | undefined): string[] {
  if (!jwt || jwt.scopes === false) return [];
  const { scopes = {} } = jwt;
  return [...new Set([scope, 'admin' as const].map((name) => scopes[name] ?? `berth/${name}`))];
}

function jwtAuthorizer({ issuer, audience }: Jwt): HttpJwtAuthorizer {
  return new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: [...audience] });
}
