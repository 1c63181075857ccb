import type { ContainerSpec, TenantComputeSpec } from '../../src/compute/spec/spec.ts';

/** Returns a small valid specification with overrides. */
export function aSpec(overrides: Partial<TenantComputeSpec> = {}): TenantComputeSpec {
  return {
    tenant_id: 'acme',
    provider_type: 'counting',
    containers: [aContainer()],
    resources: { cpu: 256, memory: 256 },
    ...overrides,
  };
}

export function aContainer(overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  return { name: 'web', image: 'nginx:1.27', ...overrides };
}

/** Returns a valid specification that uses every field but `volumes`: two containers, about 1.2 KB. */
export function aFullSpec(): TenantComputeSpec {
  return {
    tenant_id: 'acme-production',
    provider_type: 'memory',
    containers: [
      {
        name: 'web',
        image: 'registry.example.com:5000/acme/web:2.4.1',
        command: ['/bin/web'],
        args: ['--listen', '0.0.0.0:8080'],
        env: { LOG_LEVEL: 'info', CACHE_URL: 'redis://cache.internal:6379/0', FEATURES: 'search,export' },
        ports: [{ container_port: 8080, host_port: 0, protocol: 'tcp', name: 'http' }],
        volumes: [{ name: 'uploads', path: '/var/lib/acme/uploads' }],
        health_check: {
          type: 'http',
          http_path: '/healthz',
          port: 8080,
          interval_seconds: 10,
          timeout_seconds: 3,
          healthy_threshold: 1,
          unhealthy_threshold: 3,
        },
        resources: { cpu: 512, memory: 512 },
      },
      {
        name: 'worker',
        image: 'registry.example.com:5000/acme/worker:2.4.1',
        command: ['/bin/worker', '--queue', 'default'],
        env: { LOG_LEVEL: 'info', CONCURRENCY: '4' },
        volumes: [{ name: 'uploads', path: '/uploads', read_only: true }],
        health_check: {
          type: 'exec',
          command: ['/bin/worker', 'ping'],
          interval_seconds: 15,
          timeout_seconds: 5,
          healthy_threshold: 1,
          unhealthy_threshold: 3,
        },
      },
    ],
    resources: { cpu: 1024, memory: 1024, storage: 2048 },
    networking: { public_ip: false, subnets: ['subnet-1'], hostname: 'acme.example.com' },
    secrets: [{ name: 'database', source: 'file', key: 'acme/database', env_var: 'DATABASE_URL' }],
    labels: { team: 'checkout', plan: 'gold' },
    provider_config: {},
  };
}
