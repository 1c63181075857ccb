import type Docker from 'dockerode';
import { labelsFor, type Origin } from '../../compute/labels.ts';
import { hashJson } from '../../compute/spec/json.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';
import { runsOnce, waitsOf } from '../../compute/start-order/start-order.ts';
import { writtenVolumes } from '../../compute/volumes/volumes.ts';
import type { DockerConfig } from './config.ts';
import { needsProbe, probedPort, toHealthConfig } from './health-check.ts';
import { LABEL } from './labels.ts';
import { type Limits, limitsOf } from './limits.ts';
import { expandMount } from './mounts.ts';
import type { Names } from './names.ts';
import type { Instance } from './records/record.ts';

const MB = 1024 * 1024;
const NO_LIMITS: Limits = { millicores: 0, memoryMb: 0 };
/** The limits of a probe, which come on top of the tenant's resources. */
const PROBE_LIMITS: Limits = { millicores: 100, memoryMb: 32 };

/** A container's port and its port on the engine's host. */
export interface PortBinding {
  container_port: number;
  protocol: 'tcp' | 'udp';
  host_port: number;
}

export function hostPortKey({ protocol, host_port }: Pick<PortBinding, 'protocol' | 'host_port'>): string {
  return `${protocol}/${host_port}`;
}

/** Everything that the container options of one instance are derived from. `network` is an id. */
export interface ContainerPlacement {
  provider: string;
  origin: Origin;
  spec: TenantComputeSpec;
  specHash: string;
  container: ContainerSpec;
  instance: Instance;
  config: DockerConfig;
  limits: Limits;
  network: string;
  names: Pick<Names, 'dataVolume'>;
}

/** Returns the host ports that a specification asks for, such as `tcp/8080`. */
export function requestedHostPorts(containers: readonly ContainerSpec[]): Set<string> {
  const ports = containers.flatMap((container) => container.ports ?? []);
  return new Set(ports.map(({ protocol, host_port = 0 }) => hostPortKey({ protocol, host_port })));
}

/**
 * Returns a hash of everything that the processes of a container notice, and of its checks and labels. While it stays the
 * same, an update leaves the container running. Time limits, log settings and the order of starts are not part of it.
 */
export function digestOf(
  container: ContainerSpec,
  spec: TenantComputeSpec,
  config: DockerConfig,
  limits: Limits,
): string {
  const { resources: _, after: __, ...fields } = container;
  const { capabilities, read_only, tmpfs, mounts, restart, pids_limit, publish_address, probe_image } = config;
  const { labels = {}, secrets = [] } = spec;
  const probe = needsProbe(container.health_check) && probe_image;
  // `init` is left out where it is as by default: containers of versions before, which ran without, are not replaced.
  const init = config.init ? {} : { init: false };
  const settings = { capabilities, read_only, tmpfs, mounts, restart, pids_limit, publish_address, probe, ...init };
  // The keys are part of the hash. Running containers carry it as a label, so none may be renamed.
  return hashJson({ noticed: fields, labels, secrets, limits, settings });
}

/** Returns the digest of each container by name. */
export function digestsOf(spec: TenantComputeSpec, config: DockerConfig): Record<string, string> {
  const limits = limitsOf(spec);
  return Object.fromEntries(
    spec.containers.map((container) => [
      container.name,
      digestOf(container, spec, config, limits.get(container.name) ?? NO_LIMITS),
    ]),
  );
}

interface CreationDetails {
  bindings: readonly PortBinding[];
  /** Values by environment variable. */
  secrets: Record<string, string>;
  /** The other containers can resolve it by its name as soon as it runs. */
  hasAlias: boolean;
}

export function toContainerOptions(
  placement: ContainerPlacement,
  { bindings, secrets, hasAlias }: CreationDetails,
): Docker.ContainerCreateOptions {
  const { container, config, limits, network, spec, names } = placement;
  const { command, args, env, volumes = [] } = container;
  const key = ({ container_port, protocol }: PortBinding) => `${container_port}/${protocol}`;
  const toHost = ({ host_port }: PortBinding) => [{ HostIp: config.publish_address, HostPort: String(host_port) }];
  return {
    Image: container.image,
    ...(command && { Entrypoint: command }),
    ...(args && { Cmd: args }),
    Env: Object.entries({ ...env, ...secrets }).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...toLabels(placement, 'tenant'),
      [LABEL.httpPorts]: httpPortsOf(container).join(','),
      [LABEL.portNames]: toPortNames(container),
      [LABEL.hostPorts]: bindings.map(hostPortKey).join(','),
      [LABEL.secrets]: Object.keys(secrets).join(','),
      ...orderLabels(placement),
      ...(volumes.length > 0 && { [LABEL.volumes]: writtenVolumes(container).join(',') }),
    },
    ExposedPorts: Object.fromEntries(bindings.map((binding) => [key(binding), {}])),
    Healthcheck: toHealthConfig(container, undefined, config.start_timeout_seconds),
    StopTimeout: config.stop_grace_seconds,
    HostConfig: {
      ...isolation(config, limits),
      NetworkMode: network,
      PortBindings: Object.fromEntries(bindings.map((binding) => [key(binding), toHost(binding)])),
      RestartPolicy: { Name: runsOnce(container) ? 'no' : config.restart },
      CapAdd: config.capabilities,
      ReadonlyRootfs: config.read_only,
      Tmpfs: Object.fromEntries(config.tmpfs.map((path) => [path, ''])),
      Mounts: [
        ...config.mounts.map((mount) => ({
          Type: 'bind' as const,
          Source: expandMount(mount.source, spec.tenant_id),
          Target: mount.target,
          ReadOnly: mount.read_only,
        })),
        ...volumes.map(({ name, path, read_only = false }) => ({
          Type: 'volume' as const,
          Source: names.dataVolume(name),
          Target: path,
          ReadOnly: read_only,
        })),
      ],
    },
    NetworkingConfig: { EndpointsConfig: { [network]: hasAlias ? { Aliases: [container.name] } : {} } },
  };
}

/** What an observation has to know of the start order, where no specification is at hand. */
function orderLabels({ container, spec }: ContainerPlacement): Record<string, string> {
  const waits = waitsOf(spec.containers).get(container.name) ?? [];
  return {
    ...(runsOnce(container) && { [LABEL.run]: 'once' }),
    ...(waits.length > 0 && { [LABEL.waitsFor]: waits.map(({ name }) => name).join(',') }),
  };
}

/** Returns the options of the probe of another container, whose name in the tenant's network is `target`. */
export function toProbeOptions(placement: ContainerPlacement, target: string): Docker.ContainerCreateOptions {
  const { container, config, network } = placement;
  return {
    Image: config.probe_image,
    Entrypoint: ['tail', '-f', '/dev/null'],
    Cmd: [],
    Labels: toLabels(placement, 'probe'),
    Healthcheck: toHealthConfig(container, target, config.start_timeout_seconds),
    StopSignal: 'SIGKILL',
    HostConfig: {
      ...isolation(config, PROBE_LIMITS),
      NetworkMode: network,
      RestartPolicy: { Name: 'unless-stopped' },
      ReadonlyRootfs: true,
    },
    NetworkingConfig: { EndpointsConfig: { [network]: {} } },
  };
}

/** The limits and restrictions of every container. */
function isolation(config: DockerConfig, { millicores, memoryMb }: Limits): Docker.HostConfig {
  return {
    NanoCpus: millicores * 1_000_000,
    Memory: memoryMb * MB,
    MemorySwap: memoryMb * MB, // memory and swap together: no swap
    PidsLimit: config.pids_limit,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    Init: config.init,
    LogConfig: {
      Type: 'json-file',
      Config: { 'max-size': `${config.log_max_mb}m`, 'max-file': String(config.log_max_files) },
    },
  };
}

function toLabels(
  { provider, origin, spec, specHash, container, instance }: ContainerPlacement,
  role: 'tenant' | 'probe',
) {
  const { health_check: check } = container;
  return {
    ...labelsFor(spec, provider, origin),
    [LABEL.role]: role,
    [LABEL.container]: container.name,
    [LABEL.number]: String(instance.number),
    [LABEL.digest]: instance.digest,
    [LABEL.specHash]: specHash,
    ...(check && { [LABEL.threshold]: String(check.healthy_threshold) }),
  };
}

/** Returns the ports that speak HTTP: those named `http…`, and the one of an HTTP health check. */
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

function toPortNames({ ports = [] }: ContainerSpec): string {
  return ports
    .flatMap(({ container_port, protocol, name }) => (name ? `${container_port}/${protocol}=${name}` : []))
    .join(',');
}
