import { expect, test } from 'vitest';
import { ecsSpec, issuesOf, plan } from './open-ecs.ts';

test('secrets and logs require an execution role', () => {
  const spec = ecsSpec('acme', { secrets: [{ name: 'token', source: 'aws-ssm', key: '/berth/acme/t', env_var: 'T' }] });
  expect(() => plan(spec, { execution_role_arn: undefined, log_group: '/tenants' })).toThrow(
    /secrets need the execution role.*logs need the execution role/s,
  );
});

test('everything that Fargate and ECS do not support is reported at once', () => {
  const spec = ecsSpec('acme');
  const [web, ...others] = spec.containers;
  const issues = issuesOf({
    ...spec,
    resources: { cpu: 20_000, memory: 512, storage: 300_000 },
    labels: { 'berth.spec_hash': 'x' },
    containers: web
      ? [
          {
            ...web,
            ports: [{ container_port: 8080, host_port: 80, protocol: 'tcp' }],
            health_check: {
              type: 'tcp',
              interval_seconds: 600,
              timeout_seconds: 1,
              healthy_threshold: 2,
              unhealthy_threshold: 20,
            },
          },
          ...others.map((one) => ({ ...one, ports: [{ container_port: 8080, protocol: 'udp' as const }] })),
        ]
      : [],
  });
  expect(Object.fromEntries(issues.map(({ pointer, message }) => [pointer, message]))).toEqual({
    '/labels/berth.spec_hash': 'the label berth.spec_hash is reserved for Berth',
    '/resources': 'resources must be at most 16000 millicores and 122880 MB on Fargate',
    '/resources/storage': 'storage must be at most 204800 MB on Fargate',
    '/containers/0/health_check/interval_seconds': 'interval_seconds must be from 5 to 300 on ECS',
    '/containers/0/health_check/timeout_seconds': 'timeout_seconds must be from 2 to 60 on ECS',
    '/containers/0/health_check/unhealthy_threshold': 'unhealthy_threshold must be from 1 to 10 on ECS',
    '/containers/0/health_check/healthy_threshold': 'healthy_threshold must be 1 on ECS',
    '/containers/0/ports/0/host_port': 'host_port must equal container_port on ECS, or be left out',
    '/containers/1/ports/0/container_port':
      'port 8080 is used by web and worker: all containers share one address, with one protocol per port',
  });
});

test('a task definition larger than ECS accepts is refused', () => {
  const spec = ecsSpec('acme');
  const env = { LONG: '"'.repeat(32_000) };
  expect(issuesOf({ ...spec, containers: spec.containers.map((one) => ({ ...one, env })) })).toEqual([
    { pointer: '/containers', message: expect.stringContaining('exceed the 64 KB') },
  ]);
});
