import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { readContext } from '../../infra/context.ts';

const providers = { memory: { type: 'memory' } };

function read(context: Record<string, unknown>) {
  return readContext(new App({ context }).node);
}

describe('the context', () => {
  test('requires providers only, as an object or as text of the command line', () => {
    expect(read({ providers })).toEqual({ providers, installation: 'Berth', bus_name: 'berth' });
    expect(read({ providers: JSON.stringify(providers) })).toEqual(read({ providers }));
    expect(read({ providers, request_concurrency: '20', reserved_concurrency: 'false' })).toMatchObject({
      request_concurrency: 20,
      reserved_concurrency: false,
    });
  });

  test('with a fabric needs no providers, and takes true for one without settings', () => {
    const repositories = ['berth/*', 'app'];
    expect(read({ fabric: 'true' })).toMatchObject({ providers: {}, fabric: {} });
    expect(read({ providers, fabric: { repositories } })).toMatchObject({ providers, fabric: { repositories } });
    expect(read({ providers, fabric: 'false' })).toEqual(read({ providers }));
  });

  test('of each example of a fabric in the docs is valid', () => {
    const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/^```json\n(\{\s+"fabric".*?)^```$/gms)].map(([, json = '']) =>
      JSON.parse(json),
    );
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) expect(read(example)).toMatchObject(example);
  });

  test('without providers is refused with an example', () => {
    expect(() => read({})).toThrow('providers: must be set, such as {"ecs":');
  });

  test.each([
    ['providers', '{"ecs":', 'providers: must be set'],
    ['providers', { ecs: {} }, 'providers/ecs/type: must have a type'],
    ['fabric', 'yes', 'fabric: must be true, or an object with domain and repositories'],
    ['fabric', { domain: { name: 'apps.example.com' } }, 'fabric/domain: needs zone, or certificate_arn'],
    ['fabric', { domain: { name: '*.example.com', certificate_arn: 'c' } }, 'fabric/domain/name: must be a domain in'],
    [
      'fabric',
      { domain: { name: 'apps.example.org', zone: { zone_id: 'Z0123', name: 'example.com' } } },
      'fabric/domain/name: must be in the zone',
    ],
    ['fabric', { repositories: ['My App'] }, 'fabric/repositories/0: must be the name of an ECR repository'],
    ['installation', '9 lives', 'installation: must be 1 to 100 letters'],
    ['bus_name', 'my bus', 'bus_name: must be 1 to 256 letters'],
    ['existing_bus_arn', 'berth', 'existing_bus_arn: must be the ARN of an EventBridge bus'],
    [
      'existing_table',
      { table_arn: 'arn:aws:dynamodb:eu-central-1:111122223333:table/t' },
      'existing_table/stream_arn:',
    ],
    ['jwt', { issuer: 'http://issuer', audience: ['a'] }, 'jwt/issuer: must be an https address'],
    ['jwt', { issuer: 'https://issuer', audience: [] }, 'jwt/audience: must be a list of at least one audience'],
    ['jwt', { issuer: 'https://issuer', audience: ['a'], clock: 1 }, 'jwt/clock: unknown field: clock'],
    ['cors', { origins: ['*'] }, 'cors/origins/0: must be an origin'],
    ['throttle', { rate: 0, burst: 1 }, 'throttle/rate: must be a whole number from 1 to 10000'],
    ['vpc', { vpc_id: 'mine', subnet_ids: [], security_group_ids: [] }, 'vpc/vpc_id: must be the id of a VPC'],
    ['request_concurrency', 1, 'request_concurrency: must be a whole number from 2 to 1000'],
    ['reserved_concurrency', 0, 'reserved_concurrency: must be a whole number from 1 to 1000, or false'],
    ['alarm_topic_arn', 'topic', 'alarm_topic_arn: must be the ARN of an SNS topic'],
    ['runbook_url', 'javascript:alert(1)', 'runbook_url: must be an https address'],
    ['health_hold_seconds', 3601, 'health_hold_seconds: must be a whole number from 0 to 3600'],
    ['log_level', 'loud', 'log_level: must be one of DEBUG'],
    ['log_retention_days', 4, 'log_retention_days: must be one of 1, 3, 5, 7'],
  ])('with %s = %j is refused by the name of the key', (key, value, message) => {
    expect(() => read({ providers, [key]: value })).toThrow(message);
  });

  test('with a key that neither Berth nor the CDK knows is refused', () => {
    const message = 'provider: is not a setting; docs/deploy.md lists the settings';
    expect(() => read({ providers, provider: {}, log_levels: 'INFO' })).toThrow(message);
    expect(() => read({ providers, provider: {}, log_levels: 'INFO' })).toThrow('log_levels: is not a setting');
    const ofTheCdk = { 'aws:cdk:enable-path-metadata': true, '@aws-cdk/core:x': true, 'cli-telemetry': false };
    expect(read({ providers, ...ofTheCdk })).toMatchObject({ providers });
  });

  test('is refused with all invalid values at once', () => {
    expect(() => read({ bus_name: '', log_level: 'loud' })).toThrow(/providers: .*\n.*bus_name: .*\n.*log_level: /);
  });
});
