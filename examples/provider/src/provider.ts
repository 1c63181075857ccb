import { randomUUID } from 'node:crypto';
import {
  type Capabilities,
  type ComputeStatus,
  changedFields,
  defaultLabels,
  type HeldTenant,
  INCARNATION_LABEL,
  INSTALLATION_LABEL,
  InvalidProviderError,
  isOtherIncarnation,
  isOwned,
  labelsFor,
  originLabels,
  type Place,
  type Provider,
  type ProviderCall,
  ProviderFailedError,
  type ProviderOptions,
  type ProvisionResult,
  ResourceConflictError,
  readDefaults,
  specHash,
  TENANT_LABEL,
  type TenantComputeSpec,
  TenantExistsError,
  TenantNotFoundError,
  type UpdateResult,
} from 'berth/provider';
import { NomadApi, type NomadJob } from './api.ts';
import { NomadConfig, OPERATOR_ONLY } from './config.ts';
import { fingerprintOf, jobIdOf, labelsOf, readRecord, toJob, withRecord } from './job.ts';
import type { Version } from './observe.ts';
import { type Found, readFacts, readTenant } from './read.ts';
import { settingsFor, toWarnings } from './rules.ts';
import { toStatus } from './status.ts';

const capabilities = {
  health_checks: ['http', 'tcp'],
  network_isolation: false,
  stop: true,
} satisfies Partial<Capabilities>;

/** Creates the provider. Throws `InvalidProviderError` for a mistake in the settings, or a token that is not there. */
export function createNomadProvider({ name, defaults }: ProviderOptions): Provider {
  const config = readDefaults(name, NomadConfig, defaults);
  const token = process.env[config.token_env ?? 'NOMAD_TOKEN'];
  if (config.token_env !== undefined && !token) {
    throw new InvalidProviderError(`${name}: the environment variable ${config.token_env} (token_env) is not set`);
  }
  return new NomadProvider(name, config, new NomadApi(config, token));
}

class NomadProvider implements Provider {
  readonly name: string;
  readonly capabilities = capabilities;
  readonly configSchema = NomadConfig;
  readonly configDefaults: Readonly<Record<string, unknown>>;
  readonly #config: NomadConfig;
  readonly #api: NomadApi;

  constructor(name: string, config: NomadConfig, api: NomadApi) {
    this.name = name;
    this.#config = config;
    this.#api = api;
    this.configDefaults = Object.fromEntries(Object.entries(config).filter(([key]) => !OPERATOR_ONLY.includes(key)));
  }

  place(): Place {
    const { address, namespace, prefix, region } = this.#config;
    return { identity: { address, namespace, prefix, ...(region && { region }) } };
  }

  async provision(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<ProvisionResult> {
    call.signal?.throwIfAborted();
    const config = settingsFor(spec, this.#config);
    const hash = call.spec_hash ?? specHash(spec);
    const { tenant_id } = spec;
    return this.#untilApplied(tenant_id, async () => {
      const found = await readTenant(this.#api, this.#idOf(tenant_id), call);
      if (found && !this.#owns(found.job, call)) {
        throw new ResourceConflictError(`job ${found.job.ID} exists and does not belong to this installation of Berth`);
      }
      const { current, serving, pending } = found?.observation ?? {};
      const wanted = pending ?? serving ?? current;
      if (wanted && wanted.spec_hash !== hash) throw new TenantExistsError(`${tenant_id} on ${this.name}`);
      const isThere = serving ?? pending;
      const applied =
        isThere && found ? await this.#mark(found.job, call) : await this.#register(spec, config, hash, call, found);
      if (!applied) return undefined;
      return this.#toProvisionResult(await this.getStatus(tenant_id, call), applied);
    });
  }

  async update(tenantId: string, spec: TenantComputeSpec, call: ProviderCall = {}): Promise<UpdateResult> {
    call.signal?.throwIfAborted();
    const config = settingsFor(spec, this.#config);
    const hash = call.spec_hash ?? specHash(spec);
    const result = { tenant_id: tenantId, provider_type: this.name, updated_at: new Date().toISOString() };
    return this.#untilApplied(tenantId, async () => {
      const found = await this.#get(tenantId, call);
      const { serving, pending, current } = found.observation ?? {};
      const isWanted = (version: Version | undefined) =>
        version?.spec_hash === hash && (call.restart === undefined || version.restart === call.restart);
      if (isWanted(pending ?? serving)) {
        if (!(await this.#mark(found.job, call))) return undefined;
        return { ...result, status: isWanted(serving) ? 'no_changes' : 'in_progress', changes: [], message: '' };
      }
      if (!(await this.#register(spec, config, hash, call, found))) return undefined;
      const changes = current ? changedFields((serving ?? current).spec, spec) : [];
      return { ...result, status: 'in_progress', changes, message: 'Nomad starts the new version' };
    });
  }

  /** Ignores the signal. Purges, because Nomad collects a job that was only stopped when it likes. */
  async destroy(tenantId: string, { signal: _, ...call }: ProviderCall = {}): Promise<void> {
    const found = await readTenant(this.#api, this.#idOf(tenantId), call);
    if (!found || !this.#owns(found.job, call)) return;
    if (!isOtherIncarnation(labelsOf(found.job)[INCARNATION_LABEL], call.incarnation))
      await this.#api.purge(found.job.ID);
  }

  /** Sets every count to 0. A job that Nomad itself stopped would be collected after four hours, with its record. */
  async stop(tenantId: string, call: ProviderCall = {}): Promise<void> {
    call.signal?.throwIfAborted();
    await this.#untilApplied(tenantId, async () => {
      const { job, observation } = await this.#get(tenantId, call);
      if (!observation) throw new TenantNotFoundError(`${tenantId} on ${this.name}: its record is lost`);
      const isOther = isOtherIncarnation(labelsOf(job)[INCARNATION_LABEL], call.incarnation);
      if (isOther || observation.current.stopped) return true;
      // What serves is what starts again, unless nothing served yet.
      const { spec: _, job: base, number: __, deployment: ___, ...marks } = observation.serving ?? observation.current;
      const stopped = withRecord(base, { ...marks, change: randomUUID(), stopped: true }, labelsOf(job));
      return (await this.#api.register(stopped, job.JobModifyIndex ?? 0, call)) || undefined;
    });
  }

  async getStatus(tenantId: string, call: ProviderCall = {}): Promise<ComputeStatus> {
    call.signal?.throwIfAborted();
    const { job, observation } = await this.#get(tenantId, call);
    if (!observation) throw new TenantNotFoundError(`${tenantId} on ${this.name}: its record is lost`);
    return toStatus(this.name, observation, await readFacts(this.#api, job.ID, observation, call), Date.now());
  }

  async validate(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<{ warnings: string[] }> {
    call.signal?.throwIfAborted();
    settingsFor(spec, this.#config);
    return { warnings: toWarnings(spec) };
  }

  fingerprints(spec: TenantComputeSpec): Record<string, string> {
    const config = settingsFor(spec, this.#config);
    return Object.fromEntries(spec.containers.map((one) => [one.name, fingerprintOf(spec, one, config)]));
  }

  async *list(call: ProviderCall = {}): AsyncGenerator<HeldTenant> {
    call.signal?.throwIfAborted();
    for await (const { ID, Status, Meta } of this.#api.jobs(this.#idOf(''), call)) {
      const tenant_id = Meta?.[TENANT_LABEL];
      if (!Meta || tenant_id === undefined || !isOwned(Meta, this.name)) continue;
      // The list shows the labels of jobs. Only a tenant that does not run, or that an older caller made, is read.
      const needsRecord = Status !== 'running' || !Meta[INSTALLATION_LABEL];
      const job = needsRecord ? await this.#api.get<NomadJob>(`/job/${encodeURIComponent(ID)}`, call) : undefined;
      if (needsRecord && !job) continue;
      const installation = (job ? labelsOf(job) : Meta)[INSTALLATION_LABEL];
      const record = job && readRecord(job);
      yield {
        tenant_id,
        ...(installation !== undefined && { installation }),
        ...(record?.stopped && { is_stopped: true }),
        ...(job && !record && { is_lost: true }),
      };
    }
  }

  async #get(tenantId: string, call: ProviderCall): Promise<Found> {
    const found = await readTenant(this.#api, this.#idOf(tenantId), call);
    if (!found || !this.#owns(found.job, call)) throw new TenantNotFoundError(`${tenantId} on ${this.name}`);
    return found;
  }

  #idOf(tenantId: string): string {
    return jobIdOf(this.#config.prefix, this.name, tenantId);
  }

  #owns(job: NomadJob, { installation }: ProviderCall): boolean {
    return isOwned(labelsOf(job), this.name, installation);
  }

  /** Repeats a change while others change the job between the look and the request. `attempt` then returns undefined. */
  async #untilApplied<T>(tenantId: string, attempt: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < 20; tries += 1) {
      const result = await attempt();
      if (result !== undefined) return result;
    }
    throw new ProviderFailedError(`the job of ${tenantId} was changed by others again and again`);
  }

  /** Registers a version in place of the job that was found. Returns the job, or undefined if it is not that any more. */
  async #register(
    spec: TenantComputeSpec,
    config: NomadConfig,
    spec_hash: string,
    call: ProviderCall,
    found: Found | undefined,
  ): Promise<NomadJob | undefined> {
    const before = found?.job;
    const { serving, current } = found?.observation ?? {};
    const incarnation = call.incarnation ?? (before && labelsOf(before)[INCARNATION_LABEL]);
    const installation = call.installation ?? (before && labelsOf(before)[INSTALLATION_LABEL]);
    const restart = call.restart ?? (serving ?? current)?.restart;
    const job = toJob({
      id: this.#idOf(spec.tenant_id),
      config,
      version: { spec, spec_hash, change: randomUUID(), restart },
      labels: labelsFor(spec, this.name, { incarnation, installation }),
      ownership: { ...defaultLabels(spec.tenant_id, this.name), ...originLabels({ installation }) },
      before,
    });
    return (await this.#api.register(job, before?.JobModifyIndex ?? 0, call)) ? job : undefined;
  }

  /** Marks a job for the life of the tenant that a call is about. Returns undefined if another call changed it. */
  async #mark(job: NomadJob, call: ProviderCall): Promise<NomadJob | undefined> {
    const { incarnation } = call;
    if (incarnation === undefined || labelsOf(job)[INCARNATION_LABEL] === incarnation) return job;
    const marked = withRecord(job, { change: randomUUID() }, originLabels({ incarnation }));
    return (await this.#api.register(marked, job.JobModifyIndex ?? 0, call)) ? job : undefined;
  }

  #toProvisionResult(status: ComputeStatus, job: NomadJob): ProvisionResult {
    const isDone = status.metadata.spec_hash !== undefined && status.state === 'running';
    return {
      tenant_id: status.tenant_id,
      provider_type: this.name,
      status: isDone ? 'success' : 'in_progress',
      resource_ids: { job: job.ID, namespace: this.#config.namespace },
      endpoints: status.endpoints,
      message: isDone ? '' : (status.metadata.pending_message ?? 'Nomad starts the containers'),
      provisioned_at: new Date((job.SubmitTime ?? Date.now() * 1e6) / 1e6).toISOString(),
    };
  }
}
