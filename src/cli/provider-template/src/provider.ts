import { join, resolve } from 'node:path';
import {
  type Capabilities,
  type ComputeStatus,
  changedFields,
  type HeldTenant,
  hashJson,
  INCARNATION_LABEL,
  INSTALLATION_LABEL,
  InvalidSpecError,
  isOtherIncarnation,
  isOwned,
  type LogPage,
  type LogQuery,
  labelsFor,
  type Place,
  type Provider,
  type ProviderCall,
  type ProviderOptions,
  ProvisionFailedError,
  type ProvisionResult,
  ResourceConflictError,
  readDefaults,
  resolveProviderConfig,
  specHash,
  type TenantComputeSpec,
  TenantExistsError,
  TenantNotFoundError,
  UpdateFailedError,
  type UpdateResult,
  volumeIssues,
} from 'berth/provider';
import { FolderConfig } from './config.ts';
import { toLogPage } from './log-pages.ts';
import { observe, toProvisionResult, toStatus, toUpdateResult, toWarnings } from './mapping.ts';
import { Records, type TenantRecord, type Version } from './records.ts';

/** What the provider cannot do is declared, and not discovered by tenants. */
const capabilities = {
  images: false,
  resource_limits: false,
  network_isolation: false,
  logs: true,
  stop: false,
  volumes: false,
} satisfies Partial<Capabilities>;

/** Creates the provider. It checks the operator's settings at once, so that a mistake prevents the start. */
export function createFolderProvider(options: ProviderOptions): Provider {
  readDefaults(options.name, FolderConfig, options.defaults);
  return new FolderProvider(options);
}

/** Orchestration only: what it decides is in `mapping.ts`, what it calls is in `records.ts`. */
class FolderProvider implements Provider {
  readonly name: string;
  readonly capabilities = capabilities;
  readonly configSchema = FolderConfig;
  readonly configDefaults: Readonly<Record<string, unknown>>;
  readonly #records: Records;

  constructor({ name, defaults = {}, dataDir = '.' }: ProviderOptions) {
    this.name = name;
    this.configDefaults = defaults;
    this.#records = new Records(resolve(join(dataDir, name)));
  }

  /** Where tenants are. If a change of settings leads elsewhere, Berth calls nothing for tenants that are here. */
  place(): Place {
    return { identity: { folder: this.#records.folder } };
  }

  async provision(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<ProvisionResult> {
    call.signal?.throwIfAborted();
    const config = this.#configOf(spec);
    const { tenant_id } = spec;
    const found = this.#find(tenant_id, call);
    if (!found) this.#refuseForeign(tenant_id);
    const { serving, pending } = observe(found ?? {}, Date.now());
    const desired = pending ?? serving;
    const version = versionOf(spec, config, call);
    if (desired && desired.spec_hash !== version.spec_hash) {
      throw new TenantExistsError(`${tenant_id} has another specification on ${this.name}`);
    }
    if (found && desired) return toProvisionResult(this.name, this.#mark(tenant_id, found, call), Date.now());
    if (config.broken) throw new ProvisionFailedError(`${tenant_id} is configured to fail`);
    const record = { labels: labelsFor(spec, this.name, call), provisioned_at: version.begun_at, version };
    this.#records.write(tenant_id, record);
    this.#logStart(spec);
    return toProvisionResult(this.name, record, Date.now());
  }

  async update(tenantId: string, spec: TenantComputeSpec, call: ProviderCall = {}): Promise<UpdateResult> {
    call.signal?.throwIfAborted();
    const config = this.#configOf(spec);
    const record = this.#mark(tenantId, this.#get(tenantId, call), call);
    const { serving, pending } = observe(record, Date.now());
    const version = versionOf(spec, config, call);
    if ((pending ?? serving)?.spec_hash === version.spec_hash) {
      return toUpdateResult(this.name, tenantId, record, pending ? 'in_progress' : 'no_changes');
    }
    if (config.broken) throw new UpdateFailedError(`${tenantId} is configured to fail; the version before serves`);
    const incarnation = call.incarnation ?? record.labels?.[INCARNATION_LABEL];
    // The newer update wins: it replaces the version that starts, and the specification that serves only drops that version.
    const next: TenantRecord = {
      ...record,
      labels: labelsFor(spec, this.name, { ...call, incarnation }),
      before: serving,
      version: serving?.spec_hash === version.spec_hash ? serving : version,
      changes: serving ? changedFields(serving.spec, spec) : [],
    };
    this.#records.write(tenantId, next);
    this.#logStart(spec);
    const status = observe(next, Date.now()).pending ? 'in_progress' : 'success';
    return toUpdateResult(this.name, tenantId, next, status);
  }

  /** Ignores the signal: a destroy goes on to its end. */
  async destroy(tenantId: string, call: ProviderCall = {}): Promise<void> {
    const record = this.#find(tenantId, call);
    if (!record || isOtherIncarnation(record.labels?.[INCARNATION_LABEL], call.incarnation)) return;
    this.#records.remove(tenantId);
  }

  async getStatus(tenantId: string, call: ProviderCall = {}): Promise<ComputeStatus> {
    call.signal?.throwIfAborted();
    return toStatus(this.name, tenantId, this.#get(tenantId, call), Date.now());
  }

  async validate(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<{ warnings: string[] }> {
    call.signal?.throwIfAborted();
    this.#configOf(spec);
    return { warnings: toWarnings(spec) };
  }

  async logs(tenantId: string, query: LogQuery & ProviderCall = {}): Promise<LogPage> {
    query.signal?.throwIfAborted();
    const { version, before } = this.#get(tenantId, query);
    const specs = [version, before].flatMap((each) => each?.spec ?? []);
    return toLogPage(this.#records.readLog(tenantId), specs, query);
  }

  /** Tells a plan which containers an update restarts. */
  fingerprints({ containers }: TenantComputeSpec): Record<string, string> {
    return Object.fromEntries(containers.map((container) => [container.name, hashJson(container)]));
  }

  async *list(call: ProviderCall = {}): AsyncGenerator<HeldTenant> {
    for (const tenant_id of this.#records.tenantIds()) {
      call.signal?.throwIfAborted();
      const record = this.#find(tenant_id);
      if (!record) continue;
      const { serving } = observe(record, Date.now());
      const installation = record.labels?.[INSTALLATION_LABEL];
      yield {
        tenant_id,
        ...(serving && { spec_hash: serving.spec_hash }),
        ...(installation !== undefined && { installation }),
      };
    }
  }

  #logStart({ tenant_id, containers }: TenantComputeSpec): void {
    for (const { name, image } of containers) this.#records.log(tenant_id, name, [`started ${image}`]);
  }

  /** Returns the settings for a specification. Throws `InvalidSpecError` with every issue. */
  #configOf(spec: TenantComputeSpec): FolderConfig {
    const secretIssues = (spec.secrets ?? []).map((_, index) => ({
      pointer: `/secrets/${index}/source`,
      message: 'secrets are not supported by this provider',
    }));
    const issues = [...secretIssues, ...volumeIssues(spec, 'volumes are not supported by this provider')];
    if (issues.length > 0) throw new InvalidSpecError(issues);
    return resolveProviderConfig(spec, FolderConfig, this.configDefaults);
  }

  /** Returns the record of a tenant; undefined if it is not Berth's, or another installation's. */
  #find(tenantId: string, { installation }: ProviderCall = {}): TenantRecord | undefined {
    const record = this.#records.read(tenantId);
    return record && isOwned(record.labels ?? {}, this.name, installation) ? record : undefined;
  }

  #get(tenantId: string, call: ProviderCall): TenantRecord {
    const record = this.#find(tenantId, call);
    if (!record) throw new TenantNotFoundError(`${tenantId} on ${this.name}`);
    return record;
  }

  /** A file that has the name a tenant needs, and is not Berth's, is never touched. */
  #refuseForeign(tenantId: string): void {
    if (!this.#records.read(tenantId)) return;
    throw new ResourceConflictError(`${tenantId}.json exists and does not belong to this installation of Berth`);
  }

  /** Marks a record for the life of the tenant that a call is about. */
  #mark(tenantId: string, record: TenantRecord, { incarnation }: ProviderCall): TenantRecord {
    if (incarnation === undefined || record.labels?.[INCARNATION_LABEL] === incarnation) return record;
    const marked = { ...record, labels: { ...record.labels, [INCARNATION_LABEL]: incarnation } };
    this.#records.write(tenantId, marked);
    return marked;
  }
}

/** Records the hash that Berth gives: unlike `specHash`, it reveals no env value to a reader who tries guesses. */
function versionOf(
  spec: TenantComputeSpec,
  { start_seconds }: FolderConfig,
  { spec_hash = specHash(spec) }: ProviderCall,
): Version {
  const begun_at = Date.now();
  return { spec: structuredClone(spec), spec_hash, begun_at, ready_at: begun_at + start_seconds * 1000 };
}
