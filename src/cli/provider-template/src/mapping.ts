import {
  type ComputeStatus,
  type Endpoint,
  INCARNATION_LABEL,
  type ProvisionResult,
  type TenantComputeSpec,
  type UpdateResult,
  unusedFieldWarnings,
} from 'berth/provider';
import type { TenantRecord, Version } from './records.ts';

// Pure functions between the nouns of Berth and those of the backend. Test them by tables, without mocks.

/** The versions of a tenant at a moment. */
export interface Observation {
  serving?: Version | undefined;
  pending?: Version | undefined;
}

/** The clock alone ends a rollout, so no process has to run when it ends. */
export function observe({ version, before }: TenantRecord, now: number): Observation {
  if (!version) return {};
  return now < version.ready_at ? { serving: before, pending: version } : { serving: version };
}

export function toProvisionResult(provider: string, record: TenantRecord, now: number): ProvisionResult {
  const { serving, pending } = observe(record, now);
  const { spec } = serving ?? pending ?? {};
  const tenant_id = spec?.tenant_id ?? '';
  return {
    tenant_id,
    provider_type: provider,
    status: pending ? 'in_progress' : 'success',
    resource_ids: { file: `${tenant_id}.json` },
    endpoints: spec ? toEndpoints(spec) : [],
    message: pending ? 'the containers are starting' : '',
    provisioned_at: toTime(record.provisioned_at),
  };
}

export function toUpdateResult(
  provider: string,
  tenantId: string,
  { changes = [], version }: TenantRecord,
  status: UpdateResult['status'],
): UpdateResult {
  return {
    tenant_id: tenantId,
    provider_type: provider,
    status,
    changes: status === 'no_changes' ? [] : changes,
    message: status === 'in_progress' ? 'the new version is starting' : '',
    updated_at: toTime(version?.begun_at),
  };
}

/** The keys of `metadata` tell Berth how a rollout ended. */
export function toStatus(provider: string, tenantId: string, record: TenantRecord, now: number): ComputeStatus {
  const { serving, pending } = observe(record, now);
  const state = serving ? 'running' : 'starting';
  const incarnation = record.labels?.[INCARNATION_LABEL];
  const { containers = [] } = (serving ?? pending)?.spec ?? {};
  return {
    tenant_id: tenantId,
    provider_type: provider,
    state,
    containers: containers.map(({ name }) => ({ name, state, ready: !!serving, restart_count: 0, message: '' })),
    health: serving ? 'healthy' : 'unknown',
    endpoints: serving ? toEndpoints(serving.spec) : [],
    last_updated: toTime(now),
    metadata: {
      ...(incarnation && { incarnation }),
      ...(serving && { spec_hash: serving.spec_hash }),
      ...(pending && { pending_spec_hash: pending.spec_hash, pending_message: 'the containers are starting' }),
    },
  };
}

/** Addresses of this toy never resolve: `.invalid` is reserved for that (RFC 2606). */
export function toEndpoints({ tenant_id, containers }: TenantComputeSpec): Endpoint[] {
  const ports = containers.flatMap((container) => container.ports ?? []);
  return ports.map(({ protocol, container_port: port }) => {
    return { type: protocol, address: `${tenant_id}.folder.invalid`, port };
  });
}

/** A warning for each field without effect: a provider ignores nothing in silence. */
export function toWarnings(spec: TenantComputeSpec): string[] {
  const { networking = {}, resources, containers } = spec;
  return [
    ...Object.keys(networking).map((field) => `networking.${field} has no effect: nothing is connected to a network`),
    ...(resources.storage ? ['resources.storage has no effect: nothing runs'] : []),
    ...containers.flatMap(({ name, resources: own, ports = [] }) => [
      ...(own ? [`resources of container ${name} have no effect: nothing runs`] : []),
      ...(own?.storage ? [`resources.storage of container ${name} has no effect: nothing runs`] : []),
      ...(ports.some(({ host_port }) => host_port) ? [`host_port of container ${name} has no effect`] : []),
    ]),
    ...unusedFieldWarnings(spec),
  ];
}

function toTime(milliseconds = 0): string {
  return new Date(milliseconds).toISOString();
}
