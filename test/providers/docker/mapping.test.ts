import { expect, test } from 'vitest';
import type { ContainerSpec, TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { parseDefaults } from '../../../src/providers/docker/config.ts';
import { toHealthConfig } from '../../../src/providers/docker/health-check.ts';
import {
  type ContainerPlacement,
  digestOf,
  toContainerOptions,
  toProbeOptions,
} from '../../../src/providers/docker/mapping.ts';
import { namesOf } from '../../../src/providers/docker/names.ts';
import { createDockerProvider } from '../../../src/providers/docker/provider.ts';
import { aContainer, aSpec } from '../../support/specs.ts';

const limits = { millicores: 256, memoryMb: 128 };
const check = { interval_seconds: 10, timeout_seconds: 4, healthy_threshold: 2, unhealthy_threshold: 3 };

function placementOf(
  container: ContainerSpec,
  settings: Record<string, unknown> = {},
  spec: Partial<TenantComputeSpec> = {},
): ContainerPlacement {
  return {
    provider: 'docker',
    origin: {},
    spec: aSpec({ containers: [container], ...spec }),
    specHash: 'hash',
    container,
    instance: { container: container.name, number: 3, digest: 'digest' },
    config: parseDefaults('docker', settings),
    limits,
    network: 'network-id',
    names: namesOf('berth', 'docker', 'acme'),
  };
}

function optionsOf(container: ContainerSpec, settings: Record<string, unknown> = {}) {
  const bindings = [{ container_port: 80, protocol: 'tcp' as const, host_port: 20001 }];
  return toContainerOptions(placementOf(container, settings), {
    bindings,
    secrets: { TOKEN: 'value' },
    hasAlias: true,
  });
}

test('every container is isolated: limits, no swap, no capabilities or new privileges, bounded processes and logs', () => {
  const { HostConfig } = optionsOf(aContainer());
  expect(HostConfig).toMatchObject({
    NanoCpus: 256_000_000,
    Memory: 128 * 1024 * 1024,
    MemorySwap: 128 * 1024 * 1024,
    PidsLimit: 512,
    CapDrop: ['ALL'],
    CapAdd: [],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    Init: true,
    ReadonlyRootfs: false,
    NetworkMode: 'network-id',
    RestartPolicy: { Name: 'unless-stopped' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
  });
});

test('settings become host options', () => {
  const settings = {
    capabilities: ['CHOWN'],
    read_only: true,
    tmpfs: ['/tmp'],
    pids_limit: 64,
    restart: 'no',
    publish_address: '10.0.0.1',
    mounts: [{ source: '/srv/{tenant_id}', target: '/data', read_only: false }],
  };
  const { HostConfig } = optionsOf(aContainer(), settings);
  expect(HostConfig).toMatchObject({
    CapAdd: ['CHOWN'],
    ReadonlyRootfs: true,
    Tmpfs: { '/tmp': '' },
    PidsLimit: 64,
    RestartPolicy: { Name: 'no' },
    PortBindings: { '80/tcp': [{ HostIp: '10.0.0.1', HostPort: '20001' }] },
    Mounts: [{ Type: 'bind', Source: '/srv/acme', Target: '/data', ReadOnly: false }],
  });
});

test('volumes are named after tenant and volume, and the label has those that the container may write to', () => {
  const volumes = [
    { name: 'data', path: '/data' },
    { name: 'conf', path: '/etc/app', read_only: true },
  ];
  const { HostConfig, Labels } = optionsOf(aContainer({ volumes }));
  expect(HostConfig?.Mounts).toEqual([
    { Type: 'volume', Source: 'berth_docker_acme_volume_data', Target: '/data', ReadOnly: false },
    { Type: 'volume', Source: 'berth_docker_acme_volume_conf', Target: '/etc/app', ReadOnly: true },
  ]);
  expect(Labels?.['berth.volumes']).toBe('data');
});

test('command replaces the entrypoint of the image', () => {
  expect(optionsOf(aContainer({ command: ['/app'], args: ['-v'] }))).toMatchObject({
    Entrypoint: ['/app'],
    Cmd: ['-v'],
  });
  const { Entrypoint, Cmd } = optionsOf(aContainer());
  expect([Entrypoint, Cmd]).toEqual([undefined, undefined]);
});

test('env and secrets become the environment, and labels contain only the names of secrets', () => {
  const { Env, Labels } = optionsOf(aContainer({ env: { A: '1', TOKEN: 'plain' } }));
  expect(Env).toEqual(['A=1', 'TOKEN=value']);
  expect(Labels).toMatchObject({ 'berth.secrets': 'TOKEN', 'berth.host_ports': 'tcp/20001', 'berth.container': 'web' });
  expect(JSON.stringify(Labels)).not.toContain('value');
});

test('labels of the provider override those of the tenant', () => {
  const labels = { team: 'a', 'berth.container': 'evil', 'berth.tenant_id': 'evil', 'berth.role': 'probe' };
  const options = toContainerOptions(placementOf(aContainer(), {}, { labels }), {
    bindings: [],
    secrets: {},
    hasAlias: false,
  });
  expect(options.Labels).toMatchObject({
    team: 'a',
    'berth.container': 'web',
    'berth.tenant_id': 'acme',
    'berth.role': 'tenant',
  });
});

test('a container gets its name as an alias only when requested', () => {
  const named = toContainerOptions(placementOf(aContainer()), { bindings: [], secrets: {}, hasAlias: true });
  const unnamed = toContainerOptions(placementOf(aContainer()), { bindings: [], secrets: {}, hasAlias: false });
  expect(named.NetworkingConfig).toEqual({ EndpointsConfig: { 'network-id': { Aliases: ['web'] } } });
  expect(unnamed.NetworkingConfig).toEqual({ EndpointsConfig: { 'network-id': {} } });
  expect(unnamed.Hostname).toBeUndefined(); // engines resolve host names too
});

test('an exec check runs unchanged, and without a check that of the image is disabled', () => {
  const container = aContainer({ health_check: { type: 'exec', command: ['/app', 'ping'], ...check } });
  expect(toHealthConfig(container, undefined, 60)).toMatchObject({
    Test: ['CMD', '/app', 'ping'],
    Interval: 10e9,
    Timeout: 4e9,
    Retries: 3,
    StartPeriod: 60e9,
    StartInterval: 1e9,
  });
  expect(toHealthConfig(aContainer(), undefined, 60)).toEqual({ Test: ['NONE'] });
});

test('HTTP and TCP checks run in a probe, and their values are arguments, never part of the script', () => {
  const http_path = '/$(reboot);`id`"';
  const container = aContainer({
    ports: [{ container_port: 80, protocol: 'tcp' }],
    health_check: { type: 'http', http_path, ...check },
  });
  expect(optionsOf(container).Healthcheck).toEqual({ Test: ['NONE'] });
  const options = toProbeOptions(placementOf(container), 'berth_docker_acme_web_3');
  const [kind, shell, flag, script, ...values] = options.Healthcheck?.Test ?? [];
  expect([kind, shell, flag]).toEqual(['CMD', 'sh', '-c']);
  expect(values).toEqual(['sh', 'berth_docker_acme_web_3', '80', http_path]);
  expect(script).not.toContain(http_path);
  expect(options).toMatchObject({
    Image: 'busybox:1.37',
    HostConfig: { ReadonlyRootfs: true, CapDrop: ['ALL'], NetworkMode: 'network-id' },
  });
  expect(options.Env).toBeUndefined();
});

test('a digest covers env, image, labels, secrets, settings and limits of a container, and no time limits', () => {
  const container = aContainer({ env: { A: '1' } });
  const spec = aSpec({ containers: [container] });
  const config = parseDefaults('docker');
  const digest = digestOf(container, spec, config, limits);
  const others = [
    digestOf(aContainer({ env: { A: '2' } }), spec, config, limits),
    digestOf({ ...container, image: 'nginx:2' }, spec, config, limits),
    digestOf(container, { ...spec, labels: { a: 'b' } }, config, limits),
    digestOf(container, { ...spec, secrets: [{ name: 'a', source: 'file', key: 'a', env_var: 'A' }] }, config, limits),
    digestOf(container, spec, { ...config, read_only: true }, limits),
    digestOf(container, spec, config, { ...limits, memoryMb: 64 }),
  ];
  expect(new Set([digest, ...others]).size).toBe(7);
  const timing = { ...config, ready_wait_seconds: 1, stop_grace_seconds: 1, start_timeout_seconds: 1 };
  expect(digestOf(container, { ...spec, resources: { cpu: 9999, memory: 9999 } }, timing, limits)).toBe(digest);
});

test('a new container changes the digest of those that share resources, but not of one with its own', async () => {
  const provider = createDockerProvider({ name: 'docker' });
  const own = aContainer({ name: 'own', resources: { cpu: 128, memory: 128 } });
  const sharing = aContainer({ name: 'sharing' });
  const resources = { cpu: 1024, memory: 1024 };
  const digests = async (containers: ContainerSpec[]) =>
    (await provider.fingerprints?.(aSpec({ containers, resources }))) ?? {};
  const before = await digests([own, sharing]);
  const after = await digests([own, sharing, aContainer({ name: 'third' })]);
  expect(Object.keys(after)).toEqual(['own', 'sharing', 'third']);
  expect(after.own).toBe(before.own);
  expect(after.sharing).not.toBe(before.sharing);
});

test('a container that runs once is never restarted by the engine, and a change of order keeps the others running', () => {
  const once = aContainer({ run: 'once' });
  expect(optionsOf(once).HostConfig?.RestartPolicy).toEqual({ Name: 'no' });
  expect(optionsOf(once).Labels).toMatchObject({ 'berth.run': 'once' });
  const config = parseDefaults('docker', {});
  const digest = (container: ContainerSpec) => digestOf(container, aSpec(), config, limits);
  expect(digest(aContainer({ after: ['db'] }))).toBe(digest(aContainer()));
});

test('init runs unless the settings say otherwise, and containers of before, without it, are not replaced', () => {
  expect(optionsOf(aContainer(), { init: false }).HostConfig).toMatchObject({ Init: false });
  const digest = (settings: object) =>
    digestOf(aContainer(), aSpec(), parseDefaults('docker', { ...settings }), limits);
  expect(digest({ init: true })).toBe(digest({}));
  expect(digest({ init: false })).not.toBe(digest({}));
});
