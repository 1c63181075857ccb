import { describe, expect, test } from 'vitest';
import { InvalidProviderError, InvalidSpecError } from '../../../src/compute/errors.ts';
import { DockerConfig, OPERATOR_ONLY, parseDefaults, publicDefaults } from '../../../src/providers/docker/config.ts';
import { createDockerProvider } from '../../../src/providers/docker/provider.ts';
import { checkDockerSpec } from '../../../src/providers/docker/rules.ts';
import { aContainer, aSpec } from '../../support/specs.ts';

async function issuesOf(provider_config: Record<string, unknown>, defaults: Record<string, unknown> = {}) {
  try {
    await checkDockerSpec(aSpec({ provider_config }), parseDefaults('docker', defaults));
    return [];
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.issues.map(({ pointer, message }) => `${pointer} ${message}`);
    throw error;
  }
}

test('the settings described as operator only are those that a tenant cannot set', () => {
  const described = Object.entries(DockerConfig.shape).filter(([, { description = '' }]) =>
    description.startsWith('Operator only.'),
  );
  expect(described.map(([name]) => name).toSorted()).toEqual([...OPERATOR_ONLY].toSorted());
});

test('invalid defaults are refused at creation, each mistake by name', () => {
  const defaults = { endpoint: 'ssh://elsewhere', publish_address: 'everywhere', colour: 'blue' };
  const error = catchError(() => createDockerProvider({ name: 'edge', defaults }));
  expect(error).toBeInstanceOf(InvalidProviderError);
  expect(error.message).toMatch(
    /the defaults of edge are wrong: .*\/endpoint .*\/publish_address .*unknown field: colour/s,
  );
});

test('the public defaults are those that a tenant can set', () => {
  const defaults = { endpoint: 'unix:///x.sock', secrets_directory: '/secret', capabilities: ['CHOWN'], restart: 'no' };
  expect(publicDefaults(defaults)).toEqual({ capabilities: ['CHOWN'], restart: 'no' });
});

describe('a tenant', () => {
  test.each([
    'privileged',
    'devices',
    'network_mode',
    'pid_mode',
    'ipc_mode',
    'userns_mode',
    'cgroup_parent',
    'security_opt',
    'sysctls',
    'volumes_from',
    'binds',
    'cap_add',
  ])('cannot set %s, and is told the reason or the alternative', async (setting) => {
    const [issue, ...more] = await issuesOf({ [setting]: true });
    expect(issue).toMatch(new RegExp(`^/provider_config/${setting} ${setting} is refused: .{20}`));
    expect(more).toEqual([]);
  });

  test.each([
    'HostConfig',
    'Privileged',
    'PRIVILEGED',
    'NetworkMode',
    'CapAdd',
    'Binds',
    'PidMode',
    'SecurityOpt',
    'host_config',
    'group_add',
    'links',
    'extra_hosts',
    'runtime',
    'user',
    'volumes',
    'storage_opt',
    '__proto__',
    'constructor',
  ])('cannot set %s, which is unknown', async (setting) => {
    expect(await issuesOf({ [setting]: true })).toEqual([`/provider_config/${setting} unknown field: ${setting}`]);
  });

  test('gets all issues at once', async () => {
    const issues = await issuesOf({ privileged: true, colour: 'blue', restart: 'sometimes' });
    expect(issues.map((issue) => issue.split(' ')[0])).toEqual([
      '/provider_config/privileged',
      '/provider_config/restart',
      '/provider_config/colour',
    ]);
  });

  test.each(OPERATOR_ONLY)('cannot set %s, which is for the operator only', async (setting) => {
    const valid: Record<string, unknown> = {
      endpoint: 'tcp://169.254.169.254:80',
      tls: { ca_file: '/a', cert_file: '/b', key_file: '/c' },
      name_prefix: 'other',
      publish_address: '0.0.0.0',
      advertise_address: 'elsewhere.example',
      port_range: { first: 2000, last: 3000 },
      pids_limit: 100_000,
      log_max_mb: 9999,
      log_max_files: 99,
      allowed_capabilities: ['SYS_ADMIN'],
      allowed_mounts: [{ source: '/etc' }],
      secrets_directory: '/etc',
      registries: {},
      probe_image: 'mine',
    };
    expect(await issuesOf({ [setting]: valid[setting] })).toEqual([
      `/provider_config/${setting} ${setting} can only be set by the operator, in the defaults of this provider`,
    ]);
  });

  test('gets only the capabilities that the operator permits', async () => {
    const defaults = { allowed_capabilities: ['CHOWN', 'NET_BIND_SERVICE'] };
    expect(await issuesOf({ capabilities: ['CHOWN'] }, defaults)).toEqual([]);
    expect(await issuesOf({ capabilities: ['CHOWN', 'SYS_ADMIN'] }, defaults)).toEqual([
      '/provider_config/capabilities/1 capability SYS_ADMIN is not in allowed_capabilities, which the operator sets',
    ]);
    expect(await issuesOf({ capabilities: ['ALL'] }, defaults)).toHaveLength(1);
  });

  test('cannot unset read_only of the operator', async () => {
    expect(await issuesOf({ read_only: false }, { read_only: true })).toEqual([
      '/provider_config/read_only the operator has set read_only, so it cannot be unset',
    ]);
    expect(await issuesOf({ read_only: true })).toEqual([]);
  });
});

describe('mounts', () => {
  const defaults = {
    allowed_mounts: [
      { source: '/srv/{tenant_id}', read_only: false },
      { source: '/srv/shared' },
      { source: '/var/run' },
    ],
  };
  const mount = (source: string, more: object = {}) => ({ mounts: [{ source, target: '/data', ...more }] });

  test('are permitted from the folders of the allow-list, with the tenant id filled in', async () => {
    expect(await issuesOf(mount('/srv/acme', { read_only: false }), defaults)).toEqual([]);
    expect(await issuesOf(mount('/srv/shared'), defaults)).toEqual([]);
  });

  test.each([
    ['/srv/other', 'the folder of another tenant'],
    ['/srv/acme/link', 'a subfolder, where a link could lead anywhere'],
    ['/srv', 'a parent folder'],
    ['/etc', 'not listed'],
    ['/srv/{tenant_id}', 'a placeholder'],
  ])('of %s are refused: %s', async (source) => {
    expect(await issuesOf(mount(source), defaults)).toEqual([
      expect.stringContaining('/provider_config/mounts/0/source'),
    ]);
  });

  test.each(['/', '//srv/acme', '/srv/./acme', '/srv/x/../acme', 'srv/acme', '/srv/acme:ro', '/srv/acme/'])(
    'of %s are refused: the path is not normalized',
    async (source) => {
      expect(await issuesOf(mount(source), defaults)).toEqual([expect.stringContaining('must be an absolute path')]);
    },
  );

  test.each(['/var/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock', '/var/run', '/run'])(
    'of %s are refused even if listed: an engine listens there',
    async (source) => {
      expect(await issuesOf(mount(source), defaults)).toEqual([expect.stringContaining('socket must not be mounted')]);
    },
  );

  test('of the folder that contains the socket of the configured endpoint are refused', async () => {
    const own = { endpoint: 'unix:///opt/engine/api', allowed_mounts: [{ source: '/opt/engine' }] };
    expect(await issuesOf(mount('/opt/engine'), own)).toEqual([expect.stringContaining('socket must not be mounted')]);
  });

  test('are read-only if the operator says so', async () => {
    expect(await issuesOf(mount('/srv/shared', { read_only: false }), defaults)).toEqual([
      expect.stringContaining('/provider_config/mounts/0/read_only'),
    ]);
  });
});

test('a host port requested twice is refused', async () => {
  const port = { container_port: 80, host_port: 8080, protocol: 'tcp' as const };
  const containers = [aContainer({ ports: [port] }), aContainer({ name: 'api', ports: [port] })];
  const check = checkDockerSpec(aSpec({ containers }), parseDefaults('docker'));
  await expect(check).rejects.toThrow('host_port 8080 is requested twice');
});

test('each ignored field gives a warning', async () => {
  const check = {
    type: 'tcp' as const,
    port: 80,
    interval_seconds: 5,
    timeout_seconds: 1,
    healthy_threshold: 9,
    unhealthy_threshold: 3,
  };
  const spec = aSpec({
    containers: [aContainer({ health_check: check })],
    networking: { public_ip: true },
    resources: { cpu: 256, memory: 256, storage: 1024 },
  });
  const { warnings } = await checkDockerSpec(spec, parseDefaults('docker'));
  expect(warnings).toEqual([
    expect.stringContaining('networking.public_ip has no effect'),
    expect.stringContaining('resources.storage has no effect'),
    expect.stringContaining('healthy_threshold of container web counts as 5'),
  ]);
});

function catchError(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
