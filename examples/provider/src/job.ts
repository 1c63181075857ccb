import { type ContainerSpec, hashJson, type TenantComputeSpec } from 'berth/provider';
import type { NomadJob, TaskGroup } from './api.ts';
import type { NomadConfig } from './config.ts';

/*
 * A tenant is one service job with a group for each container, so that Nomad replaces the containers that changed and
 * leaves the others running. What makes it replace one is `tasksUpdated` in `scheduler/util.go`: driver, config, env,
 * resources, ports, and the Meta of task, group AND job. So the labels of the job are written once, and everything that
 * changes with a version (its specification, hash, labels, marks) is the Meta of one more group, `berth.record`, which has
 * count 0 and never runs. It is part of the job, so one request changes it together with the groups, under one index, and
 * when Nomad reverts a failed version, the record of the version before returns with it.
 */
export const RECORD_GROUP = 'berth.record';
const RECORD = 'berth.version';
const RESTART = 'berth.restart';

/** What is recorded of one version of a tenant. */
export interface VersionRecord {
  spec: TenantComputeSpec;
  spec_hash: string;
  /** Differs for each change that Berth made. A version with the id of an older one is a revert by Nomad. */
  change: string;
  restart?: string | undefined;
  stopped?: boolean | undefined;
}

const SECOND = 1_000_000_000;

export function jobIdOf(prefix: string, provider: string, tenantId: string): string {
  return `${prefix}.${provider}.${tenantId}`; // no part contains a dot
}

export interface JobParts {
  id: string;
  config: NomadConfig;
  version: VersionRecord;
  /** Of the version: the tenant's own, and Berth's. */
  labels: Record<string, string>;
  /** Of the job, written once. */
  ownership: Record<string, string>;
  before?: NomadJob | undefined;
}

export function toJob({ id, config, version, labels, ownership, before }: JobParts): NomadJob {
  const { spec } = version;
  const groups = spec.containers.map((container) => {
    const count = before?.TaskGroups.find(({ Name }) => Name === container.name)?.Count;
    return toGroup(spec, container, config, version.restart, count);
  });
  return {
    ID: id,
    Name: spec.tenant_id,
    Type: 'service',
    Namespace: config.namespace,
    ...(config.region && { Region: config.region }),
    Datacenters: config.datacenters,
    Meta: before?.Meta ?? ownership,
    TaskGroups: [...groups, toRecordGroup(config, version, labels)],
  };
}

/** Counts that others set (`nomad job scale`, an autoscaler) are kept. A tenant that was stopped starts with one each. */
function toGroup(
  spec: TenantComputeSpec,
  container: ContainerSpec,
  config: NomadConfig,
  restart: string | undefined,
  scaled: number | undefined,
): TaskGroup {
  const { name, image, command, args, env, health_check: check } = container;
  const ports = portsOf(container);
  const count = scaled || 1;
  const settle = Math.max(config.settle_seconds, check ? (check.healthy_threshold - 1) * check.interval_seconds : 0);
  const deadline = config.start_timeout_seconds + settle;
  return {
    Name: name,
    Count: count,
    ...(restart && { Meta: { [RESTART]: restart } }),
    // https://developer.hashicorp.com/nomad/docs/job-specification/update. As many canaries as instances: the old ones
    // serve until all new ones are healthy.
    Update: {
      MaxParallel: count,
      Canary: count,
      AutoPromote: true,
      AutoRevert: true,
      HealthCheck: 'checks',
      MinHealthyTime: settle * SECOND,
      HealthyDeadline: deadline * SECOND,
      ProgressDeadline: 2 * deadline * SECOND,
    },
    Networks: ports.length > 0 ? [{ DynamicPorts: ports.map((port) => ({ Label: labelOf(port), To: port })) }] : [],
    Tasks: [
      {
        Name: name,
        Driver: config.driver,
        Config: {
          image,
          cpu_hard_limit: true,
          ...(command && { entrypoint: command }),
          ...(args && { args }),
          ...(ports.length > 0 && { ports: ports.map(labelOf) }),
        },
        Env: env ?? {},
        Resources: toResources(spec, container, config),
        Services: ports.map((port) => toService(spec.tenant_id, container, port, config)),
      },
    ],
  };
}

/** A group that never runs still needs a task, or Nomad refuses the job. */
function toRecordGroup(config: NomadConfig, version: VersionRecord, labels: Record<string, string>): TaskGroup {
  const { spec, ...marks } = version;
  // The values of env are in the tasks already. A record without them can be shown.
  const containers = spec.containers.map(({ env, ...rest }) => ({
    ...rest,
    ...(env && { env: Object.fromEntries(Object.keys(env).map((key) => [key, ''])) }),
  }));
  const record = JSON.stringify({ ...marks, spec: { ...spec, containers } });
  const task = { Name: 'record', Driver: config.driver, Config: { image: 'none' } };
  return { Name: RECORD_GROUP, Count: 0, Meta: { ...labels, [RECORD]: record }, Tasks: [task] };
}

/** Returns the version that a job records; undefined if its record is lost. */
export function readRecord(job: NomadJob): VersionRecord | undefined {
  const text = recordGroupOf(job)?.Meta?.[RECORD];
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as VersionRecord;
  const containers = record.spec.containers.map((container) => {
    const task = job.TaskGroups.find(({ Name }) => Name === container.name)?.Tasks[0];
    return { ...container, ...(container.env && { env: task?.Env ?? {} }) };
  });
  return { ...record, spec: { ...record.spec, containers } };
}

/** Returns the labels of a tenant. Those of the job alone tell whose it is where the record is lost. */
export function labelsOf(job: NomadJob): Record<string, string> {
  const { [RECORD]: _, ...labels } = recordGroupOf(job)?.Meta ?? {};
  return { ...job.Meta, ...labels };
}

function recordGroupOf(job: NomadJob): TaskGroup | undefined {
  return job.TaskGroups.find(({ Name }) => Name === RECORD_GROUP);
}

/** Returns a copy of a job with other marks, and otherwise as it is; with every count 0 if the version is stopped. */
export function withRecord(
  job: NomadJob,
  marks: Partial<VersionRecord>,
  labels: Record<string, string> = {},
): NomadJob {
  const groups = job.TaskGroups.map((group) => {
    if (group.Name !== RECORD_GROUP) return marks.stopped ? { ...group, Count: 0 } : group;
    const record = JSON.stringify({ ...JSON.parse(group.Meta?.[RECORD] ?? '{}'), ...marks });
    return { ...group, Meta: { ...group.Meta, ...labels, [RECORD]: record } };
  });
  return { ...job, TaskGroups: groups };
}

/** Nomad reserves MHz and MB for each task. Containers without resources of their own share what the others leave. */
function toResources(
  { containers, resources }: TenantComputeSpec,
  { resources: own }: ContainerSpec,
  config: NomadConfig,
) {
  const sharing = containers.filter((container) => !container.resources).length;
  const share = (field: 'cpu' | 'memory') => {
    const reserved = containers.reduce((sum, container) => sum + (container.resources?.[field] ?? 0), 0);
    return own?.[field] ?? Math.floor((resources[field] - reserved) / sharing);
  };
  const mhz = Math.max(1, Math.round((share('cpu') * config.mhz_per_core) / 1000));
  return { CPU: mhz, MemoryMB: Math.max(10, share('memory')) };
}

/** Services of Nomad itself need no Consul (job-specification/service#provider). A name has at most 63 characters. */
function toService(
  tenantId: string,
  { name, health_check: check, ports = [] }: ContainerSpec,
  port: number,
  config: NomadConfig,
) {
  const full = `${tenantId}-${name}-${ports.find(({ container_port }) => container_port === port)?.name ?? port}`;
  const checks = check && probedPort({ health_check: check, ports }) === port ? [check] : [];
  return {
    Name: full.length <= 63 ? full : `${full.slice(0, 54)}-${hashJson(full).slice(0, 8)}`,
    Provider: 'nomad',
    PortLabel: labelOf(port),
    Checks: checks.map(({ type, http_path = '/', interval_seconds, timeout_seconds, unhealthy_threshold }) => ({
      Name: 'health',
      Type: type,
      ...(type === 'http' && { Path: http_path }),
      Interval: interval_seconds * SECOND,
      Timeout: timeout_seconds * SECOND,
      // Checks of Nomad's services know no thresholds: `validateNomad` in `nomad/structs/services.go`. An unhealthy task is
      // restarted after as many failures; a healthy threshold is a longer MinHealthyTime.
      CheckRestart: { Limit: unhealthy_threshold, Grace: config.start_timeout_seconds * SECOND },
    })),
  };
}

function probedPort({
  health_check: check,
  ports = [],
}: Pick<ContainerSpec, 'health_check' | 'ports'>): number | undefined {
  return check && (check.port ?? ports.find(({ protocol }) => protocol === 'tcp')?.container_port);
}

/** Returns the ports that need one on the node: those of the container, each once, and that of its health check. */
function portsOf({ ports = [], health_check }: ContainerSpec): number[] {
  const probed = probedPort({ health_check, ports });
  return [
    ...new Set([...ports.map(({ container_port }) => container_port), ...(probed === undefined ? [] : [probed])]),
  ];
}

export function labelOf(port: number): string {
  return `p${port}`;
}

/** Returns a digest of all that makes Nomad replace a container. */
export function fingerprintOf(spec: TenantComputeSpec, container: ContainerSpec, config: NomadConfig): string {
  const { Networks, Tasks } = toGroup(spec, container, config, undefined, undefined);
  return hashJson({ Networks, Tasks: Tasks.map(({ Services: _, ...task }) => task) });
}
