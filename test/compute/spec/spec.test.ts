import { describe, expect, test } from 'vitest';
import { InvalidSpecError } from '../../../src/compute/errors.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { replaceAt } from '../../support/json-pointer.ts';
import { issuesOf } from '../../support/spec-issues.ts';
import { aContainer, aFullSpec, aSpec } from '../../support/specs.ts';

const withValue = (pointer: string, value: unknown) => replaceAt(aFullSpec(), pointer, value);

describe('a valid specification', () => {
  test('is returned unchanged', () => {
    expect(validateComputeSpec(aFullSpec())).toEqual(aFullSpec());
  });

  test('gets the defaults of ports and health checks', () => {
    const container = { ...aContainer(), ports: [{ container_port: 80 }], health_check: { type: 'tcp' } };
    const { containers } = validateComputeSpec({ ...aSpec(), containers: [container] });
    expect(containers[0]?.ports).toEqual([{ container_port: 80, protocol: 'tcp' }]);
    expect(containers[0]?.health_check).toEqual({
      type: 'tcp',
      interval_seconds: 10,
      timeout_seconds: 4,
      healthy_threshold: 1,
      unhealthy_threshold: 3,
    });
  });

  test('may have the required fields only', () => {
    const least = {
      tenant_id: 'a',
      provider_type: 'p',
      containers: [{ name: 'c', image: 'i' }],
      resources: { cpu: 128, memory: 128 },
    };
    expect(validateComputeSpec(least)).toEqual(least);
  });
});

describe('the structural rules, by their exact messages', () => {
  test.each([
    ['/tenant_id', undefined, 'tenant_id required'],
    ['/tenant_id', '', 'tenant_id required'],
    ['/tenant_id', null, 'tenant_id required'],
    ['/provider_type', undefined, 'provider_type required'],
    ['/provider_type', '', 'provider_type required'],
    ['/containers', undefined, 'at least one container required'],
    ['/containers', [], 'at least one container required'],
    ['/containers/1/name', undefined, 'container name required'],
    ['/containers/1/name', '', 'container name required'],
    ['/containers/1/name', 'web', 'duplicate container name: web'],
    ['/containers/0/image', undefined, 'image required'],
    ['/resources', undefined, 'resources required'],
    ['/resources/cpu', 127, 'cpu must be at least 128 millicores'],
    ['/resources/memory', 127, 'memory must be at least 128 MB'],
  ])('%s of %j: %3$s', (pointer, value, message) => {
    const input = withValue(pointer, value);
    const issues = issuesOf(input);
    expect(issues).toContainEqual({ pointer, message });
    expect(() => validateComputeSpec(input)).toThrow(
      `invalid compute specification: ${issues.map((issue) => issue.message).join('; ')}`,
    );
  });

  test.each([
    ['cpu', undefined, 'cpu must be at least 128 millicores'],
    ['cpu', 0, 'cpu must be at least 128 millicores'],
    ['cpu', -1, 'cpu must be at least 128 millicores'],
    ['cpu', 0.5, 'cpu must be at least 128 millicores'],
    ['cpu', 128.5, 'cpu must be a whole number of millicores'],
    ['cpu', 1e300, 'cpu must be a whole number of millicores'],
    ['cpu', '256', 'cpu must be a whole number of millicores'],
    ['memory', undefined, 'memory must be at least 128 MB'],
    ['memory', null, 'memory must be at least 128 MB'],
    ['memory', 'lots', 'memory must be a whole number of MB'],
  ])('an amount of %s that is %j: %3$s', (field, value, message) => {
    const resources = { cpu: 256, memory: 256, [field]: value };
    expect(issuesOf({ ...aSpec(), resources })).toEqual([{ pointer: `/resources/${field}`, message }]);
  });

  test('every issue is reported at once, and none twice', () => {
    const input = {
      containers: [{ image: 'nginx' }, { name: 'web', image: 'nginx' }, { name: 'web', image: '!' }],
      resources: { cpu: 1, memory: 1 },
      surprise: true,
    };
    const issues = issuesOf(input);
    expect(issues).toHaveLength(8);
    expect(issues).toEqual(
      expect.arrayContaining([
        { pointer: '/tenant_id', message: 'tenant_id required' },
        { pointer: '/provider_type', message: 'provider_type required' },
        { pointer: '/containers/0/name', message: 'container name required' },
        { pointer: '/containers/2/name', message: 'duplicate container name: web' },
        { pointer: '/containers/2/image', message: 'image must be a valid image reference' },
        { pointer: '/resources/cpu', message: 'cpu must be at least 128 millicores' },
        { pointer: '/resources/memory', message: 'memory must be at least 128 MB' },
        { pointer: '/surprise', message: 'unknown field: surprise' },
      ]),
    );
  });

  test.each([null, undefined, 7, 'spec', true, [], [aSpec()]])('%j is refused as a whole', (input) => {
    expect(issuesOf(input)).toEqual([{ pointer: '', message: 'specification must be an object' }]);
    expect(() => validateComputeSpec(input)).toThrow(InvalidSpecError);
  });
});

describe('rules between fields', () => {
  test('a port is unique for each protocol', () => {
    const ports = (...list: [number, 'tcp' | 'udp' | undefined][]) =>
      issuesOf(
        withValue(
          '/containers/0/ports',
          list.map(([container_port, protocol]) => ({ container_port, ...(protocol && { protocol }) })),
        ),
      );
    expect(ports([53, 'tcp'], [53, 'udp'])).toEqual([]);
    expect(ports([53, 'udp'], [80, 'tcp'], [53, 'udp'])).toEqual([
      { pointer: '/containers/0/ports/2/container_port', message: 'duplicate container port: 53/udp' },
    ]);
    expect(ports([53, undefined], [53, 'tcp'])).toMatchObject([{ message: 'duplicate container port: 53/tcp' }]);
  });

  test('volumes have one path each in a container, one entry each, and are mounted', () => {
    const mounts = [
      { name: 'data', path: '/data' },
      { name: 'cache', path: '/data' },
    ];
    const volumes = [{ name: 'data' }, { name: 'data' }, { name: 'dtaa', retain: true }];
    const spec = { ...aFullSpec(), containers: [aContainer({ volumes: mounts })], volumes };
    expect(issuesOf(spec)).toEqual([
      { pointer: '/containers/0/volumes/1/path', message: 'duplicate volume path: /data' },
      { pointer: '/volumes/1/name', message: 'duplicate volume: data' },
      { pointer: '/volumes/2/name', message: 'no container mounts the volume dtaa; mount it or remove it here' },
    ]);
  });

  test.each(['data', '/', '/data/', '//data', '/a/../b', '/a/./b', '/a:ro', '/a,b', '/a b'])(
    'a volume is not mounted at %s',
    (path) => {
      const containers = [aContainer({ volumes: [{ name: 'data', path }] })];
      expect(issuesOf({ ...aFullSpec(), containers }).map(({ pointer }) => pointer)).toEqual([
        '/containers/0/volumes/0/path',
      ]);
    },
  );

  test('an environment variable has at most one secret', () => {
    const [secret] = aFullSpec().secrets ?? [];
    expect(issuesOf(withValue('/secrets', [secret, { ...secret, name: 'other' }]))).toEqual([
      { pointer: '/secrets/1/env_var', message: 'duplicate secret env_var: DATABASE_URL' },
    ]);
  });

  test('an environment variable has a value or a secret, not both', () => {
    const spec = {
      ...aFullSpec(),
      containers: [aContainer(), { ...aContainer(), name: 'api', env: { DATABASE_URL: 'x' } }],
    };
    expect(issuesOf(spec)).toEqual([
      {
        pointer: '/secrets/0/env_var',
        message: 'env_var DATABASE_URL is also set in env of container api; remove one of them',
      },
    ]);
    expect(
      issuesOf({ ...aFullSpec(), secrets: [{ name: 'a', source: 'b', key: 'c', env_var: 'constructor' }] }),
    ).toEqual([]);
  });

  test.each(['http', 'tcp'])('a health check by %s requires a port', (type) => {
    const spec = (container: object) => ({ ...aSpec(), containers: [{ ...aContainer(), ...container }] });
    expect(issuesOf(spec({ health_check: { type, port: 80 } }))).toEqual([]);
    expect(issuesOf(spec({ health_check: { type }, ports: [{ container_port: 80 }] }))).toEqual([]);
    expect(issuesOf(spec({ health_check: { type } }))).toEqual([
      {
        pointer: '/containers/0/health_check/port',
        message: 'health check port required where the container has no ports',
      },
    ]);
  });

  test('a timeout is compared with the default interval if none is given', () => {
    const check = (fields: object) => issuesOf(withValue('/containers/0/health_check', { type: 'http', ...fields }));
    expect(check({ timeout_seconds: 9 })).toEqual([]);
    expect(check({ timeout_seconds: 10 })).toMatchObject([{ pointer: '/containers/0/health_check/timeout_seconds' }]);
    expect(check({ interval_seconds: 5 })).toEqual([]);
  });

  test('are checked also if another field is wrong', () => {
    const spec = { ...aSpec({ tenant_id: '' }), containers: [aContainer(), aContainer()] };
    expect(issuesOf(spec).map((issue) => issue.pointer)).toEqual(['/tenant_id', '/containers/1/name']);
  });
});
