import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { Capabilities } from '../../src/compute/capabilities/capabilities.ts';
import type { ExecRequest } from '../../src/compute/exec/exec.ts';
import type { Logger } from '../../src/compute/logger.ts';
import {
  capabilitiesOf,
  type HeldTenant,
  type LogQuery,
  type Provider,
  type ProviderCall,
} from '../../src/compute/provider.ts';
import type { ComputeStatus } from '../../src/compute/results.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';
import type { Feature, FreshOptions, Harness, Mortal, OnceEnd, OnceHarness, SpecOptions, Subject } from './harness.ts';
import type { IgnorableField } from './ignorable-fields.ts';

/** A sentence of the contract, and its check. `run` rejects if the provider breaks the rule. */
export interface Rule {
  rule: string;
  needs?: readonly Feature[];
  /** How many times the usual time-out it may take in all. Default 6. */
  patience?: number;
  run(trial: Trial): Promise<void>;
}

/** One run of one rule: the harness, and steps that rules share. It limits the time of every call, and records results. */
export class Trial {
  readonly harness: Harness;
  readonly timeout: number;
  readonly many: number;
  readonly killStride: number;
  readonly honours: readonly IgnorableField[];
  /** Everything that the provider returned, threw or logged, as text. */
  readonly transcript: string[] = [];
  /** Everything that the provider threw. */
  readonly thrown: unknown[] = [];
  readonly #instances: Provider[] = [];
  readonly #prefix = `t${Math.random().toString(36).slice(2, 8)}`;
  readonly #subject: Subject;
  #tenants = 0;

  constructor(harness: Harness, subject: Subject) {
    const { timeout = 10_000, many = 12, killStride = 1, honours = [] } = subject;
    this.#subject = subject;
    this.harness = harness;
    this.timeout = timeout;
    this.many = many;
    this.killStride = killStride;
    this.honours = honours;
  }

  /** Returns a new provider without memory. */
  async fresh(options?: FreshOptions): Promise<Provider> {
    const provider = await this.within(this.#create(options), 'creating a provider');
    this.#instances.push(provider);
    return this.#recorded(provider);
  }

  /** Returns a new provider whose process is killed at a change of the backend. */
  async mortal(at: number): Promise<Mortal> {
    if (!this.harness.mortal) throw new AssertionError({ message: 'a rule without `needs` uses a mortal provider' });
    const { provider, died } = await this.within(this.harness.mortal(at), 'creating a provider');
    this.#instances.push(provider);
    return { provider: this.#recorded(provider), died };
  }

  async capabilities(): Promise<Capabilities> {
    return capabilitiesOf(await this.fresh());
  }

  /** Returns an id that no tenant has. */
  tenant(): string {
    this.#tenants += 1;
    return `${this.#prefix}-${this.#tenants}`;
  }

  spec(tenantId: string, version = 1, options: Partial<SpecOptions> = {}): TenantComputeSpec {
    return this.#complete(this.harness.spec, { ...options, tenantId, version });
  }

  failingSpec(tenantId: string, version = 1, options: Partial<SpecOptions> = {}): TenantComputeSpec {
    return this.#complete(this.harness.failingSpec, { ...options, tenantId, version });
  }

  stuckSpec(tenantId: string, version = 1, options: Partial<SpecOptions> = {}): TenantComputeSpec {
    return this.#complete(this.harness.stuckSpec, { ...options, tenantId, version });
  }

  hangingSpec(tenantId: string, version = 1): TenantComputeSpec {
    return this.#complete(this.harness.hangingSpec ?? this.harness.stuckSpec, { tenantId, version });
  }

  /**
   * Returns what rules about containers that run once need; undefined for a provider that has none. The harness has it
   * exactly if the provider has the capability.
   */
  async once(): Promise<OnceHarness | undefined> {
    const { once } = this.harness;
    const { start_order } = await this.capabilities();
    expect(once !== undefined, 'the harness has `once` exactly if the provider has the capability').toBe(start_order);
    return once;
  }

  /** Returns a specification with a container `setup` that runs once. */
  onceSpec(once: OnceHarness, tenantId: string, version = 1, end: OnceEnd = 'success'): TenantComputeSpec {
    return this.#complete((options) => once.spec({ ...options, end }), { tenantId, version });
  }

  /** Returns the backend's resources, sorted. */
  async inventory(): Promise<string[]> {
    return (await this.harness.inventory()).toSorted();
  }

  /** Provisions a tenant and waits until it runs. */
  async up(provider: Provider, spec: TenantComputeSpec): Promise<ComputeStatus> {
    const { status } = await provider.provision(spec);
    expect(['success', 'in_progress'], 'status of a provision').toContain(status);
    return this.running(provider, spec.tenant_id);
  }

  /** Starts a new tenant on a new provider. Returns both, the tenant's status, and all resources of the backend. */
  async started() {
    const provider = await this.fresh();
    const spec = this.spec(this.tenant());
    const status = await this.up(provider, spec);
    return { provider, spec, tenantId: spec.tenant_id, status, resources: await this.inventory() };
  }

  /** Waits until nothing is in progress, and expects the tenant to run. */
  async running(provider: Provider, tenantId: string): Promise<ComputeStatus> {
    const status = await this.settle(provider, tenantId);
    expect(status.state, inspect(status)).toBe('running');
    return status;
  }

  /** Polls the status until nothing is in progress. */
  async settle(provider: Provider, tenantId: string): Promise<ComputeStatus> {
    return this.until(`${tenantId} settles`, async () => {
      const status = await provider.getStatus(tenantId);
      const moving = status.state === 'starting' || status.state === 'stopping' || status.metadata.pending_spec_hash;
      return moving ? undefined : status;
    });
  }

  /** Polls with growing pauses until `ask` returns a value. Throws after the time-out. */
  async until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + this.timeout;
    for (let pause = 5; performance.now() < deadline; pause = Math.min(pause * 2, 200)) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    throw new AssertionError({ message: `within ${this.timeout} ms: ${what}` });
  }

  /** Rejects if a promise does not settle within the time-out. */
  async within<T>(promise: Promise<T>, what: string): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const error = new AssertionError({ message: `did not return within ${this.timeout} ms: ${what}` });
    const timer = setTimeout(reject, this.timeout, error);
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes every instance and cleans up. */
  async end(): Promise<void> {
    try {
      for (const instance of this.#instances) await this.within(closed(instance), 'close');
    } finally {
      await this.harness.cleanup();
    }
  }

  /** Creates a provider as the harness does, or as the descriptor and its options say. */
  async #create({ name, allowedRegistries, approval }: FreshOptions = {}): Promise<Provider> {
    const { fresh, options } = this.harness;
    if (fresh) return fresh.call(this.harness, { name, allowedRegistries, approval });
    const { descriptor } = this.#subject;
    if (!descriptor) throw new AssertionError({ message: 'the subject has no descriptor, and its harness no fresh' });
    const defaults = { ...options?.defaults, ...(allowedRegistries && { allowed_registries: allowedRegistries }) };
    const provider = await descriptor.create({ ...options, name: name ?? descriptor.type, defaults });
    await provider.start?.();
    return provider;
  }

  /** Fills in what a harness leaves out of a specification. */
  #complete(make: Harness['failingSpec'], options: SpecOptions): TenantComputeSpec {
    const given = typeof make === 'function' ? make.call(this.harness, options) : this.harness.spec(options);
    const parts =
      typeof make === 'function' ? given : { ...given, provider_config: { ...given.provider_config, ...make } };
    const { tenantId: tenant_id, labels, canary } = options;
    const isCarried = canary === undefined || JSON.stringify(parts).includes(canary);
    return validateComputeSpec({
      tenant_id,
      provider_type: this.#subject.descriptor?.type,
      resources: { cpu: 256, memory: 256 },
      ...(labels && { labels }),
      ...parts,
      ...(!isCarried && {
        containers: parts.containers.map((one) => ({ ...one, env: { ...one.env, SECRET: canary } })),
      }),
    });
  }

  #recorded(provider: Provider): Provider {
    const withLogger = <Call extends ProviderCall>(call?: Call) => ({ logger: this.#logger, ...call });
    const record = <T>(what: string, run: () => Promise<T>) => this.#record(what, run);
    const iterate = <T>(what: string, begin: () => AsyncIterable<T>) => this.#iterate(what, begin);
    const { name, capabilities, configSchema, configDefaults } = provider;
    const stop = provider.stop?.bind(provider);
    const approve = provider.approve?.bind(provider);
    const logs = provider.logs?.bind(provider);
    const exec = provider.exec?.bind(provider);
    const listAfter = provider.listAfter?.bind(provider);
    const fingerprints = provider.fingerprints?.bind(provider);
    const place = provider.place?.bind(provider);
    const glance = provider.glance?.bind(provider);
    return {
      name,
      capabilities,
      configSchema,
      configDefaults,
      provision: (spec, call) => record('provision', () => provider.provision(spec, withLogger(call))),
      update: (id, spec, call) => record('update', () => provider.update(id, spec, withLogger(call))),
      destroy: (id, call) => record('destroy', () => provider.destroy(id, withLogger(call))),
      getStatus: (id, call) => record('getStatus', () => provider.getStatus(id, withLogger(call))),
      validate: (spec, call) => record('validate', () => provider.validate(spec, withLogger(call))),
      list: (call) => iterate<HeldTenant>('list', () => provider.list(withLogger(call))),
      ...(listAfter && {
        listAfter: (id: string, call?: ProviderCall) =>
          iterate<HeldTenant>('listAfter', () => listAfter(id, withLogger(call))),
      }),
      ...(fingerprints && { fingerprints }),
      ...(place && { place }),
      ...(stop && {
        stop: (id: string, call?: ProviderCall) => record('stop', () => stop(id, withLogger(call))),
      }),
      ...(approve && {
        approve: (id: string, gate: string, call?: ProviderCall) =>
          record('approve', () => approve(id, gate, withLogger(call))),
      }),
      ...(glance && {
        glance: (ids: readonly string[], call?: ProviderCall) => record('glance', () => glance(ids, withLogger(call))),
      }),
      ...(logs && {
        logs: (id: string, query?: LogQuery & ProviderCall) => record('logs', () => logs(id, withLogger(query))),
      }),
      ...(exec && {
        exec: (id: string, request: ExecRequest & ProviderCall) =>
          record('exec', () => exec(id, { ...withLogger(), ...request })),
      }),
      close: () => closed(provider),
    };
  }

  async #record<T>(what: string, run: () => Promise<T>): Promise<T> {
    try {
      const answer = await this.within(run(), what);
      this.#note(answer);
      return answer;
    } catch (error) {
      if (!(error instanceof AssertionError)) this.thrown.push(error);
      this.#note(error);
      throw error;
    }
  }

  async *#iterate<T>(what: string, begin: () => AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = begin()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#record(what, () => iterator.next());
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  #note(what: unknown): void {
    this.transcript.push(inspect(what, { depth: 8, maxStringLength: null }));
  }

  readonly #logger: Logger = {
    debug: (message, fields) => this.#note({ message, fields }),
    info: (message, fields) => this.#note({ message, fields }),
    warn: (message, fields) => this.#note({ message, fields }),
    error: (message, fields) => this.#note({ message, fields }),
  };
}

async function closed(provider: Provider): Promise<void> {
  await provider.close?.();
}
