import type { Stack } from 'aws-cdk-lib';
import { describe, expect, test, vi } from 'vitest';
import { routes } from '../../functions/operations.ts';
import type { BerthProps } from '../../infra/berth.ts';
import { ownAuthorizer, ownStack } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

interface RouteProperties {
  RouteKey: string;
  AuthorizationType?: string;
  AuthorizerId?: { Ref: string };
}
interface Permission {
  Action: string;
  FunctionName: { 'Fn::GetAtt': [string, string] };
  Principal: string;
  SourceArn?: { 'Fn::Join': [string, unknown[]] };
}

/** Each kind of authorizer, and the authorization type of its routes. */
const kinds: [name: string, type: string, props?: (stack: Stack) => Partial<BerthProps>][] = [
  ['IAM', 'AWS_IAM'],
  ['tokens', 'JWT', () => ({ jwt: { issuer: 'https://issuer.example.com', audience: ['berth'] } })],
  ['a custom authorizer', 'CUSTOM', (stack) => ({ authorizer: ownAuthorizer(stack) })],
];

/** All routes, with the one for unmatched requests. */
const everyRoute = ['$default', ...routes.map(({ method, path }) => `${method} ${path}`)];

describe.each(kinds)('with %s', (_, type, props) => {
  const app = ownStack(props).synthesized();
  const made = new Map(
    app.propertiesOf<RouteProperties>('AWS::ApiGatewayV2::Route').map((route) => [route.RouteKey, route]),
  );

  test.each(everyRoute)('%s requires an authorized caller', (key) => {
    expect(made.get(key)?.AuthorizationType).toBe(type);
    if (type !== 'AWS_IAM') expect(made.get(key)?.AuthorizerId).toBeDefined();
  });

  test('there is no other route, no other API and no function URL', () => {
    expect([...made.keys()].sort()).toEqual([...everyRoute].sort());
    expect(app.of('AWS::ApiGatewayV2::Api')).toHaveLength(1);
    expect([app.of('AWS::Lambda::Url'), app.of('AWS::ApiGateway::RestApi')]).toEqual([[], []]);
  });
});

describe('the functions', () => {
  const app = ownStack().synthesized();
  const [[api] = ['']] = app.of('AWS::ApiGatewayV2::Api');
  const permissions = app.propertiesOf<Permission>('AWS::Lambda::Permission');
  const ofFunction = (operation: string) =>
    permissions.filter(({ FunctionName }) => FunctionName['Fn::GetAtt'][0] === app.functions.get(operation)?.id);

  test('are invoked by services only, each for one source', () => {
    expect(permissions.length).toBeGreaterThan(routes.length);
    for (const { Action, Principal, SourceArn } of permissions) {
      expect(Action).toBe('lambda:InvokeFunction');
      expect(['apigateway.amazonaws.com', 'events.amazonaws.com']).toContain(Principal);
      expect(SourceArn).toBeDefined();
    }
  });

  test.each([...routes, { operation: 'unmatched-route', method: '*', path: '/*' }])(
    '$operation is invoked by this API only, for its own route',
    ({ operation, path }) => {
      const own = ofFunction(operation);
      expect(own.map(({ Principal }) => Principal)).toEqual(['apigateway.amazonaws.com']);
      const arn = JSON.stringify(own[0]?.SourceArn);
      expect(arn).toContain(`{"Ref":"${api}"}`);
      if (operation !== 'unmatched-route') expect(arn).toContain(`/*/*${path}"`);
    },
  );

  test.each(['on-tenant-changed', 'on-tenant-requested', 'on-provider-event'])(
    '%s grants no invocation: Lambda polls its source',
    (operation) => {
      expect(ofFunction(operation)).toEqual([]);
    },
  );
});
