import type Docker from 'dockerode';
import { labelsFor } from '../../compute/labels.ts';
import { hashJson } from '../../compute/spec/json.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { DockerConfig } from './config.ts';
import { needsProbe, probedPort, toHealthConfig } from './health-check.ts';
import {
  CONTAINER_LABEL,
  DIGEST_LABEL,
  HOST_PORTS_LABEL,
  HTTP_PORTS_LABEL,
  NUMBER_LABEL,
  ROLE_LABEL,
  SECRETS_LABEL,
  SPEC_HASH_LABEL,
  THRESHOLD_LABEL,
} from './labels.ts';
import { type Limits, limitsOf } from './limits.ts';
import { expandMount } from './mounts.ts';
import type { Instance } from './records/record.ts';

const MB = 1024 * 1024;
const NO_LIMITS: Limits = { millicores: 0, memoryMb: 0 };
/** What a probe may use; it comes on top of the tenant's own resources. */
const PROBE: Limits = { millicores: 100, memoryMb: 32 };

/** A container's port, and the port of the engine's machine that it is to have. */
export interface PortBinding {
  container_port: number;
  protocol: 'tcp' | 'udp';
  host_port: number;
}

export function hostPortKey({ protocol, host_port }: Pick<PortBinding, 'protocol' | 'host_port'>): string {
  return `${protocol}/${host_port}`;
}

/** All that it takes to make the engine's container of an instance. */
export interface Placement {
  provider: string;
  spec: TenantComputeSpec;
  specHash: string;
  container: ContainerSpec;
  instance: Instance;
  config: DockerConfig;
  limits: Limits;
  network: string;
}

/**
 * A hash of all that the processes of a container would notice, and of what they are checked and labelled by: where it
 * stays the same, an update leaves the container running.
 */
export function digestOf(
  container: ContainerSpec,
  spec: TenantComputeSpec,
  config: DockerConfig,
  limits: Limits,
): string {
  const { resources: _, ...noticed } = container;
  const { capabilities, read_only, tmpfs, mounts, restart, pids_limit, publish_address, probe_image } = config;
  const { labels = {}, secrets = [] } = spec;
  const probe = needsProbe(container.health_check) && probe_image;
  const settings = { capabilities, read_only, tmpfs, mounts, restart, pids_limit, publish_address, probe };
  return hashJson({ noticed, labels, secrets, limits, settings });
}

/** The digest of each container, by name. */
export function digestsOf(spec: TenantComputeSpec, config: DockerConfig): Record<string, string> {
  const limits = limitsOf(spec);
  return Object.fromEntries(
    spec.containers.map((container) => [
      container.name,
      digestOf(container, spec, config, limits.get(container.name) ?? NO_LIMITS),
    ]),
  );
}

/** `isNamed`: whether others are to find it under its name as soon as it runs. */
export function toContainerOptions(
  placement: Placement,
  {
    bindings,
    secrets,
    isNamed,
  }: { bindings: readonly PortBinding[]; secrets: Record<string, string>; isNamed: boolean },
): Docker.ContainerCreateOptions {
  const { container, config, limits, network, spec } = placement;
  const { command, args, env } = container;
  const key = ({ container_port, protocol }: PortBinding) => `${container_port}/${protocol}`;
  const toHost = ({ host_port }: PortBinding) => [{ HostIp: config.publish_address, HostPort: String(host_port) }];
  return {
    Image: container.image,
    ...(command && { Entrypoint: command }),
    ...(args && { Cmd: args }),
    Env: Object.entries({ ...env, ...secrets }).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...toLabels(placement, 'tenant'),
      [HTTP_PORTS_LABEL]: httpPortsOf(container).join(','),
      [HOST_PORTS_LABEL]: bindings.map(hostPortKey).join(','),
      [SECRETS_LABEL]: Object.keys(secrets).join(','),
    },
    ExposedPorts: Object.fromEntries(bindings.map((binding) => [key(binding), {}])),
    Healthcheck: toHealthConfig(container, undefined, config.start_timeout_seconds),
    StopTimeout: config.stop_grace_seconds,
    HostConfig: {
      ...confinement(config, limits),
      NetworkMode: network,
      PortBindings: Object.fromEntries(bindings.map((binding) => [key(binding), toHost(binding)])),
      RestartPolicy: { Name: config.restart },
      CapAdd: config.capabilities,
      ReadonlyRootfs: config.read_only,
      Tmpfs: Object.fromEntries(config.tmpfs.map((path) => [path, ''])),
      Mounts: config.mounts.map((mount) => ({
        Type: 'bind' as const,
        Source: expandMount(mount.source, spec.tenant_id),
        Target: mount.target,
        ReadOnly: mount.read_only,
      })),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: isNamed ? { Aliases: [container.name] } : {} } },
  };
}

/** The container that checks another one, which goes by `target` in the tenant's network. */
export function toProbeOptions(placement: Placement, target: string): Docker.ContainerCreateOptions {
  const { container, config, network } = placement;
  return {
    Image: config.probe_image,
    Entrypoint: ['tail', '-f', '/dev/null'],
    Cmd: [],
    Labels: toLabels(placement, 'probe'),
    Healthcheck: toHealthConfig(container, target, config.start_timeout_seconds),
    StopSignal: 'SIGKILL',
    HostConfig: {
      ...confinement(config, PROBE),
      NetworkMode: network,
      RestartPolicy: { Name: 'unless-stopped' },
      ReadonlyRootfs: true,
    },
    NetworkingConfig: { EndpointsConfig: { [network]: {} } },
  };
}

/** What keeps every container to itself. */
function confinement(config: DockerConfig, { millicores, memoryMb }: Limits): Docker.HostConfig {
  return {
    NanoCpus: millicores * 1_000_000,
    Memory: memoryMb * MB,
    MemorySwap: memoryMb * MB, // the sum of both: no swap
    PidsLimit: config.pids_limit,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    LogConfig: {
      Type: 'json-file',
      Config: { 'max-size': `${config.log_max_mb}m`, 'max-file': String(config.log_max_files) },
    },
  };
}

function toLabels({ provider, spec, specHash, container, instance }: Placement, role: 'tenant' | 'probe') {
  const { health_check: check } = container;
  return {
    ...labelsFor(spec, provider),
    [ROLE_LABEL]: role,
    [CONTAINER_LABEL]: container.name,
    [NUMBER_LABEL]: String(instance.number),
    [DIGEST_LABEL]: instance.digest,
    [SPEC_HASH_LABEL]: specHash,
    ...(check && { [THRESHOLD_LABEL]: String(check.healthy_threshold) }),
  };
}

/** The ports that speak HTTP, as far as the specification tells. */
function httpPortsOf(container: ContainerSpec): number[] {
  const { ports = [], health_check: check } = container;
  const probed = check?.type === 'http' ? probedPort(container) : undefined;
  return ports
    .filter(
      ({ protocol, name, container_port }) =>
        protocol === 'tcp' && (name?.startsWith('http') || container_port === probed),
    )
    .map(({ container_port }) => container_port);
}
