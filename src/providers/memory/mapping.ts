import { INCARNATION_LABEL } from '../../compute/labels.ts';
import type { Glance } from '../../compute/provider.ts';
import type {
  ComputeStatus,
  ContainerStatus,
  Endpoint,
  ProvisionResult,
  TenantState,
  UpdateResult,
} from '../../compute/results.ts';
import { MAX_PENDING } from '../../compute/spec/limits.ts';
import type { ContainerSpec, PortMapping, TenantComputeSpec } from '../../compute/spec/spec.ts';
import { specHash } from '../../compute/spec/spec-diff.ts';
import { describeWaits, runsOnce, waitsOf } from '../../compute/start-order/start-order.ts';
import type { MemoryAilment, MemoryRecord, MemoryRollout } from './backend.ts';
import type { Fault } from './config.ts';

/** Returns the name of a tenant's resource. Neither part can contain a slash. */
export function resourceName(provider: string, tenantId: string): string {
  return `${provider}/${tenantId}`;
}

/** The versions of a tenant at a moment: the serving one, the one that is rolled out, and the one that failed last. */
export interface Observation {
  serving?: TenantComputeSpec | undefined;
  pending?: TenantComputeSpec | undefined;
  failed?: TenantComputeSpec | undefined;
  /** The ids of the restarts that made the serving version, the pending one, and the failed one. */
  restarts: { serving?: string | undefined; pending?: string | undefined; failed?: string | undefined };
  /** The last accepted version that did not fail, else the serving one. For a tenant that never served: the failed one. */
  desired?: TenantComputeSpec | undefined;
}

/** Reads a record at a moment. The clock alone ends a rollout, so no process has to be running when it ends. */
export function observe(record: MemoryRecord | undefined, now: number): Observation {
  const { serving, restart, rollout, stopped } = record ?? {};
  if (!rollout) return { serving, desired: stopped?.spec ?? serving, restarts: { serving: restart } };
  const { spec, gate } = rollout;
  if (now < (gate?.until ?? rollout.ends_at)) {
    return { serving, pending: spec, desired: spec, restarts: { serving: restart, pending: rollout.restart } };
  }
  if (rollout.healthy && !gate) return { serving: spec, desired: spec, restarts: { serving: rollout.restart } };
  const restarts = { serving: restart, failed: rollout.restart };
  return { serving, failed: spec, desired: serving ?? spec, restarts };
}

/** Returns the recorded hashes of the versions. Records of a version before have none: there it is the plain hash. */
export function hashesOf(record: MemoryRecord, now: number) {
  const { serving, pending, failed, desired } = observe(record, now);
  const { rollout, stopped, serving_hash } = record;
  const hashOf = (spec: TenantComputeSpec) => {
    const recorded = [rollout, stopped].find((version) => version?.spec === spec);
    return (recorded ? recorded.spec_hash : serving_hash) ?? specHash(spec);
  };
  return {
    serving: serving && hashOf(serving),
    pending: pending && hashOf(pending),
    failed: failed && hashOf(failed),
    desired: desired && hashOf(desired),
  };
}

/** Returns what an interrupted rollout left to do, in words: the version before stays beside the one that serves. */
export function openStepsOf(record: MemoryRecord, now: number): string | undefined {
  const { pending, failed } = observe(record, now);
  return record.unremoved && !pending && !failed ? 'the removal of the version before' : undefined;
}

/** Returns why the version of a rollout with a fault fails. */
export function failureOf({ containers }: TenantComputeSpec, { kind }: Fault): string {
  const once = kind === 'once_failed' && containers.find(runsOnce);
  return once ? `container ${once.name} ended with code 1` : 'the new version did not get healthy';
}

/**
 * Returns the count of runs after a rollout of a version begins: its containers that run once are begun, unless the version
 * serves already, or served when the tenant was stopped.
 */
export function countRuns(spec: TenantComputeSpec, before: MemoryRecord | undefined): number | undefined {
  const counted = before?.once_runs;
  if (!spec.containers.some(runsOnce)) return counted;
  const { serving } = observe(before, Number.POSITIVE_INFINITY);
  const isSame = serving && specHash(serving) === specHash(spec);
  return isSame ? counted : (counted ?? 0) + 1;
}

/** Returns the result of a provision. Repetitions return the same, except that the status changes when the rollout ends. */
export function toProvisionResult(
  provider: string,
  spec: TenantComputeSpec,
  record: MemoryRecord,
  now: number,
): ProvisionResult {
  const { serving, pending } = observe(record, now);
  const ready = serving !== undefined && pending === undefined;
  return {
    tenant_id: spec.tenant_id,
    provider_type: provider,
    status: ready ? 'success' : 'in_progress',
    resource_ids: { record: resourceName(provider, spec.tenant_id) },
    endpoints: toEndpoints(spec),
    message: ready ? '' : 'the containers are starting',
    provisioned_at: toTime(record.provisioned_at ?? now),
  };
}

export function toUpdateResult(
  provider: string,
  tenantId: string,
  record: MemoryRecord,
  status: UpdateResult['status'],
): UpdateResult {
  return {
    tenant_id: tenantId,
    provider_type: provider,
    status,
    changes: status === 'no_changes' ? [] : (record.rollout?.changes ?? []),
    message: status === 'in_progress' ? 'the new version is starting' : '',
    updated_at: toTime(record.updated_at ?? 0),
  };
}

export function toComputeStatus(provider: string, tenantId: string, record: MemoryRecord, now: number): ComputeStatus {
  const { serving, pending, failed, desired, restarts } = observe(record, now);
  const open_steps = openStepsOf(record, now);
  const hashes = hashesOf(record, now);
  const incarnation = record.labels[INCARNATION_LABEL];
  const { stopped } = record;
  const ailment = serving && !stopped ? record.ailment : undefined;
  const isDown = ailment?.is_down === true;
  const runState = serving ? (isDown ? 'starting' : 'running') : failed ? 'failed' : 'starting';
  const state = stopped ? stoppedState(stopped, now) : runState;
  return {
    tenant_id: tenantId,
    provider_type: provider,
    state,
    containers: toContainers(stopped?.spec ?? serving ?? desired, state, ailment),
    health: stopped ? 'unknown' : isDown ? 'unhealthy' : serving ? 'healthy' : failed ? 'unhealthy' : 'unknown',
    endpoints: serving ? toEndpoints(serving) : [],
    last_updated: toTime(now),
    metadata: {
      ...(incarnation && { incarnation }),
      ...(hashes.serving && { spec_hash: hashes.serving }),
      ...(pending && {
        pending_spec_hash: hashes.pending ?? '',
        pending_message: toContainers(pending, 'starting', undefined)
          .map(({ name, message }) => `${name} is starting${message && ` (${message})`}`)
          .join('; ')
          .slice(0, MAX_PENDING),
        ...gateOf(record.rollout?.gate),
      }),
      ...(hashes.failed && !restarts.failed && { failed_spec_hash: hashes.failed }),
      ...(failed && { failure: reasonOf(record.rollout) }),
      ...(stopped && { stopped: 'true' }),
      ...(restarts.serving && { restart: restarts.serving }),
      ...(restarts.pending && { pending_restart: restarts.pending }),
      ...(restarts.failed && { failed_restart: restarts.failed }),
      ...(open_steps && { open_steps }),
    },
  };
}

/** A rollout that only takes its time is never given up; one that waits for approval is. */
function gateOf(gate: MemoryRollout['gate']): Record<string, string> {
  if (!gate) return {};
  const { id, since } = gate;
  const until = toTime(gate.until);
  return {
    waiting_for: 'approval',
    waiting_id: id,
    waiting_since: toTime(since),
    waiting_until: until,
    pending_until: until,
  };
}

function reasonOf({ failure, gate }: Partial<MemoryRollout> = {}): string {
  return failure ?? (gate ? 'the new version was not approved in time' : 'the new version did not get healthy');
}

function stoppedState({ ends_at }: NonNullable<MemoryRecord['stopped']>, now: number): TenantState {
  return now < ends_at ? 'stopping' : 'stopped';
}

/** Returns a glance at a tenant. */
export function toGlance(tenant_id: string, record: MemoryRecord, now: number): Glance {
  const { serving } = observe(record, now);
  const { is_down = false, restart_count = 0 } = record.ailment ?? {};
  const restarts = restart_count * (serving?.containers.filter((container) => !runsOnce(container)).length ?? 0);
  return { tenant_id, is_well: serving !== undefined && !is_down && !record.stopped, restart_count: restarts };
}

function toContainers(
  spec: TenantComputeSpec | undefined,
  state: TenantState,
  ailment: MemoryAilment | undefined,
): ContainerStatus[] {
  const containers = spec?.containers ?? [];
  const waits = waitsOf(containers);
  return containers.map((container) => {
    const { name } = container;
    const awaited = state === 'starting' && !ailment ? (waits.get(name) ?? []) : [];
    if (awaited.length > 0) return { ...toContainerStatus(name, state, ailment), message: describeWaits(awaited) };
    const hasEnded = runsOnce(container) && (state === 'running' || ailment);
    return hasEnded ? endedStatus(name) : toContainerStatus(name, state, ailment);
  });
}

/** The status of a container that ran once and ended with code 0. */
function endedStatus(name: string): ContainerStatus {
  return { name, state: 'stopped', ready: true, restart_count: 0, message: '' };
}

function toContainerStatus(name: string, state: TenantState, ailment: MemoryAilment | undefined): ContainerStatus {
  const failure = state === 'failed' ? 'the container did not get healthy' : '';
  const message = ailment?.is_down ? ailment.message : failure;
  return { name, state, ready: state === 'running', restart_count: ailment?.restart_count ?? 0, message };
}

/** Returns well-formed addresses that never resolve: `.invalid` is reserved for that (RFC 2606). */
export function toEndpoints({ tenant_id, containers }: TenantComputeSpec): Endpoint[] {
  const address = `${tenant_id}.memory.invalid`;
  return containers.flatMap((container) =>
    (container.ports ?? []).map((mapping) => {
      const port = mapping.host_port || mapping.container_port;
      return isHttp(container, mapping)
        ? { type: 'http', address, port, url: `http://${address}:${port}` }
        : { type: mapping.protocol, address, port };
    }),
  );
}

function isHttp({ health_check, ports }: ContainerSpec, { container_port, name }: PortMapping): boolean {
  if (name === 'http') return true;
  return health_check?.type === 'http' && (health_check.port ?? ports?.[0]?.container_port) === container_port;
}

function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
