import { resolve } from 'node:path';
import {
  InvalidProviderError,
  ResourceConflictError,
  TenantExistsError,
  TenantNotFoundError,
} from '../../compute/errors.ts';
import {
  INCARNATION_LABEL,
  INSTALLATION_LABEL,
  isOtherIncarnation,
  isOwned,
  labelsFor,
  TENANT_LABEL,
} from '../../compute/labels.ts';
import { type Logger, silentLogger } from '../../compute/logger.ts';
import type { Place } from '../../compute/place/place.ts';
import type { Glance, HeldTenant, Provider, ProviderCall, ProviderOptions } from '../../compute/provider.ts';
import { readDefaults } from '../../compute/provider-config.ts';
import type { ComputeStatus, DestroyResult, ProvisionResult, UpdateResult } from '../../compute/results.ts';
import { hashJson } from '../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { specHash } from '../../compute/spec/spec-diff.ts';
import { createFileBackend, createMemoryBackend, type MemoryBackend, type MemoryRecord } from './backend.ts';
import { capabilities, type Fault, type FaultOperation, MemoryConfig } from './config.ts';
import { injectAfter, injectBefore, isHidden, pause, takeFault } from './faults.ts';
import {
  countRuns,
  hashesOf,
  observe,
  openStepsOf,
  resourceName,
  toComputeStatus,
  toGlance,
  toProvisionResult,
  toUpdateResult,
} from './mapping.ts';
import { newRollout, passedGate } from './rollout.ts';
import { checkMemorySpec, warningsOf } from './rules.ts';
import { deleteVolumes, foreignVolumes, type MemoryVolumes, openVolumes, statusesOf } from './volumes.ts';

export interface MemoryProviderOptions extends ProviderOptions {
  /** Instances with the same backend see the same tenants. Default: a new one, or with `persist` files in `dataDir`. */
  backend?: MemoryBackend | undefined;
  /** Returns milliseconds since 1970: the clock that ends rollouts. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** Creates a provider whose tenants are only records. It stands in for real compute in tests and demonstrations. */
export function createMemoryProvider(options: MemoryProviderOptions): Provider {
  const config = readDefaults(options.name, MemoryConfig, options.defaults);
  return new MemoryProvider(options, config, options.backend ?? openBackend(options, config));
}

function openBackend({ name, dataDir }: ProviderOptions, { persist }: MemoryConfig): MemoryBackend {
  if (!persist) return createMemoryBackend();
  if (dataDir === undefined) {
    throw new InvalidProviderError(`the defaults of ${name}: /persist: needs a data directory, and none is set`);
  }
  return createFileBackend(resolve(dataDir, name));
}

class MemoryProvider implements Provider {
  readonly name: string;
  readonly capabilities = capabilities;
  readonly configSchema = MemoryConfig;
  readonly configDefaults: Readonly<Record<string, unknown>>;
  /** The settings for calls about no tenant. */
  readonly #config: MemoryConfig;
  readonly #backend: MemoryBackend;
  readonly #now: () => number;
  readonly #logger: Logger;

  constructor(options: MemoryProviderOptions, config: MemoryConfig, backend: MemoryBackend) {
    this.name = options.name;
    this.configDefaults = options.defaults ?? {};
    this.#config = config;
    this.#backend = backend;
    this.#now = options.now ?? Date.now;
    this.#logger = options.logger ?? silentLogger;
  }

  place(): Place {
    return { identity: { backend: this.#backend.name ?? 'memory' } };
  }

  async provision(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<ProvisionResult> {
    const config = checkMemorySpec(spec, this.configDefaults);
    return this.#perform('provision', spec.tenant_id, config, call, () => {
      const record = this.#find(spec.tenant_id, call);
      if (record === undefined) this.#refuseForeign(spec.tenant_id);
      const { serving, failed } = observe(record, this.#now());
      if (record && !this.#isDesired(record, spec, call)) {
        throw new TenantExistsError(`${spec.tenant_id} has another specification on ${this.name}`);
      }
      const begin = !record || record.stopped || (failed && !serving);
      const { tenant_id } = spec;
      const after = begin
        ? this.#rollOut(spec, config, record, call)
        : this.#mark(this.#finish(tenant_id, record, spec, call), tenant_id, call);
      return toProvisionResult(this.name, spec, after, this.#now());
    });
  }

  async update(tenantId: string, spec: TenantComputeSpec, call: ProviderCall = {}): Promise<UpdateResult> {
    const config = checkMemorySpec(spec, this.configDefaults);
    return this.#perform('update', tenantId, config, call, (fault) => {
      const record = this.#mark(this.#get(tenantId, call), tenantId, call);
      const { pending, serving, restarts } = observe(record, this.#now());
      const isRestarted = call.restart === undefined || [restarts.serving, restarts.pending].includes(call.restart);
      const same = !record.stopped && isRestarted && this.#isDesired(record, spec, call);
      if (same && pending) return toUpdateResult(this.name, tenantId, record, 'in_progress');
      if (same && serving)
        return toUpdateResult(this.name, tenantId, this.#finish(tenantId, record, spec, call), 'no_changes');
      const unremoved = fault?.kind === 'between_versions' ? serving : undefined;
      const begun = this.#rollOut(spec, config, record, call, unremoved);
      const ended = observe(begun, this.#now());
      const status = ended.pending || ended.failed ? 'in_progress' : 'success';
      return toUpdateResult(this.name, tenantId, begun, status);
    });
  }

  /** Ignores the signal, as the contract requires. Only the fault `hang` obeys it, because it has no other end. */
  async destroy(tenantId: string, call: ProviderCall = {}): Promise<DestroyResult> {
    const { faults, latency_ms } = this.#configOf(tenantId);
    const fault = this.#takeFault('destroy', tenantId, faults, call);
    await injectBefore(fault, 'destroy', call.signal);
    await pause(latency_ms, undefined);
    const resource = resourceName(this.name, tenantId);
    const record = this.#find(tenantId, call);
    const isLate = isOtherIncarnation(record?.labels[INCARNATION_LABEL], call.incarnation);
    if (isLate) return { deleted_volumes: [], kept_volumes: [] };
    // The record last: while a volume is left to delete, the tenant is listed.
    const volumes = deleteVolumes(this.#volumesOf(tenantId, call), call.retain_volumes);
    if (record) this.#backend.records.delete(resource);
    injectAfter(fault, 'destroy', undefined);
    this.#backend.counters.delete(resource);
    return volumes;
  }

  async approve(tenantId: string, gate: string, call: ProviderCall = {}): Promise<void> {
    const config = this.#configOf(tenantId);
    return this.#perform('update', tenantId, config, call, () => {
      const passed = passedGate(this.#get(tenantId, call), gate, { now: this.#now(), rest: config.in_progress_ms });
      if (passed) this.#backend.records.set(resourceName(this.name, tenantId), passed);
    });
  }

  /** Gives up a rollout in progress: what it replaced would not come back by itself either. */
  async stop(tenantId: string, call: ProviderCall = {}): Promise<void> {
    const config = this.#configOf(tenantId);
    return this.#perform('stop', tenantId, config, call, () => {
      const record = this.#get(tenantId, call);
      if (isOtherIncarnation(record.labels[INCARNATION_LABEL], call.incarnation)) return; // the call is late
      const at = this.#now();
      const { serving, desired, restarts } = observe(record, at);
      if (record.stopped || !desired) return;
      const { rollout: _, unremoved: __, ...kept } = record;
      const hashes = hashesOf(record, at);
      const stopped = { spec: desired, spec_hash: hashes.desired, ends_at: at + config.stop_ms };
      const versions = { serving, serving_hash: hashes.serving, restart: restarts.serving, stopped };
      const after: MemoryRecord = { ...kept, ...versions, updated_at: at };
      this.#backend.records.set(resourceName(this.name, tenantId), after);
    });
  }

  async getStatus(tenantId: string, call: ProviderCall = {}): Promise<ComputeStatus> {
    const config = this.#configOf(tenantId);
    return this.#perform('status', tenantId, config, call, () => {
      const record = this.#get(tenantId, call);
      if (isHidden(this.#backend, resourceName(this.name, tenantId), config.faults)) throw this.#notFound(tenantId);
      const status = toComputeStatus(this.name, tenantId, record, this.#now());
      const { serving, desired } = observe(record, this.#now());
      const volumes = statusesOf(this.#volumesOf(tenantId, call), serving ?? desired);
      return { ...status, ...(volumes && { volumes }) };
    });
  }

  /** A tenant whose status is to fail by its settings is not well: its status shows that. */
  async glance(tenantIds: readonly string[], call: ProviderCall = {}): Promise<Glance[]> {
    return this.#perform('status', '', this.#config, call, () =>
      tenantIds.flatMap((tenantId) => {
        const record = this.#find(tenantId, call);
        if (!record) return [];
        const glance = toGlance(tenantId, record, this.#now());
        return [this.#configOf(tenantId).faults.status ? { ...glance, is_well: false } : glance];
      }),
    );
  }

  async validate(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<{ warnings: string[] }> {
    const config = checkMemorySpec(spec, this.configDefaults);
    return this.#perform('validate', spec.tenant_id, config, call, () => ({ warnings: warningsOf(spec) }));
  }

  fingerprints({ containers }: TenantComputeSpec): Record<string, string> {
    return Object.fromEntries(containers.map((container) => [container.name, hashJson(container)]));
  }

  list(call?: ProviderCall): AsyncGenerator<HeldTenant> {
    return this.listAfter('', call);
  }

  async *listAfter(after: string, call: ProviderCall = {}): AsyncGenerator<HeldTenant> {
    const garbage = await this.#perform('list', '', this.#config, call, (): HeldTenant | undefined => undefined);
    if (garbage) yield garbage;
    const prefix = resourceName(this.name, '');
    const own = [...this.#backend.records.keys()].filter((resource) => resource.startsWith(prefix));
    const tenantIds = own.map((resource) => resource.slice(prefix.length)).sort();
    for (const tenantId of tenantIds.filter((id) => id > after)) {
      call.signal?.throwIfAborted();
      const record = this.#find(tenantId);
      if (!record) continue;
      const isOpen = openStepsOf(record, this.#now()) !== undefined;
      const installation = record.labels[INSTALLATION_LABEL];
      yield {
        tenant_id: tenantId,
        spec_hash: hashesOf(record, this.#now()).serving,
        ...(isOpen && { has_open_steps: true }),
        ...(record.stopped && { is_stopped: true }),
        ...(installation !== undefined && { installation }),
      };
    }
  }

  /** Runs every operation but destroy: the fault before it, the latency, the work in one step, the fault after it. */
  async #perform<T>(
    operation: FaultOperation,
    tenantId: string,
    { faults, latency_ms }: MemoryConfig,
    call: ProviderCall,
    work: (fault: Fault | undefined) => T,
  ): Promise<T> {
    call.signal?.throwIfAborted();
    const fault = this.#takeFault(operation, tenantId, faults, call);
    await injectBefore(fault, operation, call.signal);
    await pause(latency_ms, call.signal);
    return injectAfter(fault, operation, work(fault));
  }

  #takeFault(
    operation: FaultOperation,
    tenantId: string,
    faults: MemoryConfig['faults'],
    { logger = this.#logger }: ProviderCall = {},
  ): Fault | undefined {
    const fault = takeFault(this.#backend, resourceName(this.name, tenantId), operation, faults);
    if (fault) {
      logger.debug('injecting fault', { provider: this.name, tenant_id: tenantId, operation, kind: fault.kind });
    }
    return fault;
  }

  /** Does what an interrupted rollout left to do: volumes that are missing, and the version beside the serving one. */
  #finish(tenantId: string, record: MemoryRecord, spec: TenantComputeSpec, call: ProviderCall): MemoryRecord {
    openVolumes(this.#volumesOf(tenantId, call), spec);
    if (openStepsOf(record, this.#now()) === undefined) return record;
    const { unremoved: _, ...finished } = record;
    this.#backend.records.set(resourceName(this.name, tenantId), finished);
    return finished;
  }

  /** Begins the rollout of a version. It replaces one that is in progress. `unremoved` stays after it, by a fault. */
  #rollOut(
    spec: TenantComputeSpec,
    config: MemoryConfig,
    before: MemoryRecord | undefined,
    { installation, incarnation = before?.labels[INCARNATION_LABEL], spec_hash, restart }: ProviderCall,
    unremoved?: TenantComputeSpec,
  ): MemoryRecord {
    const at = this.#now();
    const { serving, restarts } = observe(before, at);
    const isStopped = before?.stopped !== undefined; // the version before does not serve until the new one does
    const fault = this.#takeFault('rollout', spec.tenant_id, config.faults);
    const once_runs = countRuns(spec, before);
    const record: MemoryRecord = {
      labels: labelsFor(spec, this.name, { installation, incarnation }),
      provisioned_at: before?.provisioned_at ?? at,
      updated_at: at,
      ...(!isStopped && { serving, restart: restarts.serving }),
      ...(before && !isStopped && { serving_hash: hashesOf(before, at).serving }),
      rollout: newRollout(before, spec, { at, config, fault, spec_hash, restart }),
      ...(unremoved && { unremoved }),
      ...(once_runs !== undefined && { once_runs }),
    };
    const volumes = this.#volumesOf(spec.tenant_id, { installation, incarnation });
    const [foreign] = foreignVolumes(volumes, spec);
    if (foreign) throw new ResourceConflictError(`the volume ${foreign} exists and belongs to another installation`);
    this.#backend.records.set(resourceName(this.name, spec.tenant_id), record);
    openVolumes(volumes, spec);
    return record;
  }

  #volumesOf(tenantId: string, { installation, incarnation }: ProviderCall): MemoryVolumes {
    return { backend: this.#backend, provider: this.name, tenantId, origin: { installation, incarnation } };
  }

  #isDesired(record: MemoryRecord, spec: TenantComputeSpec, { spec_hash = specHash(spec) }: ProviderCall): boolean {
    return hashesOf(record, this.#now()).desired === spec_hash;
  }

  /** Marks a record for the life of the tenant that a call is about. */
  #mark(record: MemoryRecord, tenantId: string, { incarnation }: ProviderCall): MemoryRecord {
    if (incarnation === undefined || record.labels[INCARNATION_LABEL] === incarnation) return record;
    const marked = { ...record, labels: { ...record.labels, [INCARNATION_LABEL]: incarnation } };
    this.#backend.records.set(resourceName(this.name, tenantId), marked);
    return marked;
  }

  /** Returns the record of a tenant; undefined if the resource does not carry the labels of the tenant and the caller. */
  #find(tenantId: string, { installation }: ProviderCall = {}): MemoryRecord | undefined {
    const record = this.#backend.records.get(resourceName(this.name, tenantId));
    const isOwn = record && isOwned(record.labels, this.name, installation);
    return isOwn && record.labels[TENANT_LABEL] === tenantId ? record : undefined;
  }

  #get(tenantId: string, call: ProviderCall): MemoryRecord {
    const record = this.#find(tenantId, call);
    if (!record) throw this.#notFound(tenantId);
    return record;
  }

  #notFound(tenantId: string): TenantNotFoundError {
    return new TenantNotFoundError(`${tenantId} on ${this.name}`);
  }

  #refuseForeign(tenantId: string): void {
    const resource = resourceName(this.name, tenantId);
    const found = this.#backend.records.get(resource);
    if (found === undefined) return;
    const problem = isOwned(found.labels, this.name)
      ? `belongs to the installation ${found.labels[INSTALLATION_LABEL]}; choose another tenant id`
      : "does not carry Berth's labels; rename or remove it";
    throw new ResourceConflictError(`${resource} exists and ${problem}`);
  }

  /** Returns the settings of the version that was accepted last. */
  #configOf(tenantId: string): MemoryConfig {
    const { desired } = observe(this.#find(tenantId), this.#now());
    return desired ? checkMemorySpec(desired, this.configDefaults) : this.#config;
  }
}
