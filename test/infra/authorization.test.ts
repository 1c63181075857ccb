import { describe, expect, test, vi } from 'vitest';
import { operations, routes } from '../../functions/operations.ts';
import type { Jwt } from '../../infra/api/http-api.ts';
import { everyRoute, ownAuthorizer, ownStack, synthesizeApp } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

interface RouteProperties {
  RouteKey: string;
  AuthorizationType?: string;
  AuthorizerId?: { Ref: string };
  AuthorizationScopes?: string[];
}
interface Permission {
  Action: string;
  FunctionName: { 'Fn::GetAtt': [string, string] };
  Principal: string;
  SourceArn?: { 'Fn::Join': [string, unknown[]] };
}

const jwt = { issuer: 'https://issuer.example.com', audience: ['berth'] };
const withIam = ownStack().synthesized();
const withTokens = ownStack(() => ({ jwt })).synthesized();
const withOwn = ownStack((stack) => ({ authorizer: ownAuthorizer(stack) })).synthesized();

/** Each kind of authorizer, and the authorization type of its routes. */
const kinds: [name: string, type: string, app: typeof withIam][] = [
  ['IAM', 'AWS_IAM', withIam],
  ['tokens', 'JWT', withTokens],
  ['a custom authorizer', 'CUSTOM', withOwn],
];

describe.each(kinds)('with %s', (_, type, app) => {
  const made = new Map(
    app.propertiesOf<RouteProperties>('AWS::ApiGatewayV2::Route').map((route) => [route.RouteKey, route]),
  );

  test.each(everyRoute)('%s requires an authorized caller', (key) => {
    expect(made.get(key)?.AuthorizationType).toBe(type);
    if (type !== 'AWS_IAM') expect(made.get(key)?.AuthorizerId).toBeDefined();
  });

  test('there is no other route, no other API and no function URL', () => {
    expect([...made.keys()].sort()).toEqual(everyRoute);
    expect(app.of('AWS::ApiGatewayV2::Api')).toHaveLength(1);
    expect([app.of('AWS::Lambda::Url'), app.of('AWS::ApiGateway::RestApi')]).toEqual([[], []]);
  });
});

describe('with tokens, an operation needs a scope of its class', () => {
  const scopesOf = (app: typeof withIam) => {
    const made = app.propertiesOf<RouteProperties>('AWS::ApiGatewayV2::Route');
    return new Map(made.map(({ RouteKey, AuthorizationScopes = [] }) => [RouteKey, AuthorizationScopes]));
  };

  test('by default of Berth, and the one of operators permits everything', () => {
    const scopes = scopesOf(withTokens);
    for (const { operation, method, path } of routes) {
      const key = `${method} ${path}`;
      expect([key, scopes.get(key)]).toEqual([
        key,
        [...new Set([`berth/${operations[operation].scope}`, 'berth/admin'])],
      ]);
    }
    expect(scopes.get('GET /v1/tenants')).toEqual(['berth/read', 'berth/admin']);
    expect(scopes.get('POST /v1/tenants')).toEqual(['berth/change', 'berth/admin']);
    expect(scopes.get('DELETE /v1/tenants/{tenant_id}')).toEqual(['berth/destroy', 'berth/admin']);
    expect(scopes.get('$default')).toEqual([]);
  });

  test('with names of its own, or with none', () => {
    const scopesWith = (scopes: Jwt['scopes']) => scopesOf(ownStack(() => ({ jwt: { ...jwt, scopes } })).synthesized());
    const own = scopesWith({ read: 'compute:view', admin: 'compute:all' });
    expect(own.get('GET /v1/tenants')).toEqual(['compute:view', 'compute:all']);
    expect(own.get('POST /v1/tenants')).toEqual(['berth/change', 'compute:all']);
    expect([...scopesWith(false).values()].flat()).toEqual([]);
  });

  test('and no other kind of authorizer has scopes, which API Gateway would refuse', () => {
    expect([...scopesOf(withIam).values()].flat()).toEqual([]);
  });
});

describe('the bus', () => {
  interface Policy {
    EventBusName: unknown;
    Statement: Record<string, unknown>;
  }

  test('denies announcements to everything but the functions that announce', () => {
    const app = synthesizeApp();
    const [policy, ...others] = app.propertiesOf<Policy>('AWS::Events::EventBusPolicy');
    expect(others).toEqual([]);
    const roles = ['on-tenant-changed', 'on-tenant-requested'].map((operation) => app.functions.get(operation)?.Role);
    const { ArnNotEquals, ...conditions } = (policy?.Statement.Condition ?? {}) as Record<
      string,
      Record<string, unknown>
    >;
    expect(policy?.Statement).toMatchObject({ Effect: 'Deny', Principal: '*', Action: 'events:PutEvents' });
    expect(conditions).toEqual({ 'ForAnyValue:StringEquals': { 'events:source': 'berth' } });
    expect(new Set(ArnNotEquals?.['aws:PrincipalArn'] as unknown[])).toEqual(new Set(roles));
  });

  test('keeps its own policy if it was passed in', () => {
    const existing_bus_arn = 'arn:aws:events:eu-central-1:111122223333:event-bus/mine';
    const app = synthesizeApp({ providers: { memory: { type: 'memory' } }, existing_bus_arn });
    expect(app.of('AWS::Events::EventBusPolicy')).toEqual([]);
  });
});

describe('the functions', () => {
  const app = withIam;
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
      expect(new Set(own.map(({ Principal }) => Principal))).toEqual(new Set(['apigateway.amazonaws.com']));
      for (const { SourceArn } of own) {
        const arn = JSON.stringify(SourceArn);
        expect(arn).toContain(`{"Ref":"${api}"}`);
        if (operation !== 'unmatched-route') expect(arn).toContain(`/*/*${path}"`);
      }
    },
  );

  test.each(['on-tenant-changed', 'on-tenant-requested', 'on-provider-event'])(
    '%s grants no invocation: Lambda polls its source',
    (operation) => {
      expect(ofFunction(operation)).toEqual([]);
    },
  );
});
