import { TenantNotFoundError, ThrottledError } from '../../src/compute/errors.ts';
import type { Provider } from '../../src/compute/provider.ts';
import type { ComputeStatus, ProvisionResult, UpdateResult } from '../../src/compute/results.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { specHash } from '../../src/compute/spec/spec-diff.ts';
import { TokenBucket } from '../../test/support/fake-ecs/token-bucket.ts';
import type { StormTimeline } from './timeline.ts';

/**
 * The limits of ECS, of an account in a region: calls a second, and at once.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html and, for launches,
 * https://docs.aws.amazon.com/AmazonECS/latest/userguide/throttling.html
 */
export const ecsLimits = {
  'definition writes': { perSecond: 1, burst: 20 },
  'service writes': { perSecond: 5, burst: 50 },
  'service reads': { perSecond: 20, burst: 100 },
  launches: { perSecond: 20, burst: 100 },
} as const;
export type Limits = Readonly<Record<keyof typeof ecsLimits, { perSecond: number; burst: number }>>;

export interface Calls {
  made: number;
  throttled: number;
}

/** An account: its buckets, and what was asked of them. */
export class Account {
  readonly name: string;
  readonly calls: Record<keyof Limits, Calls>;
  readonly #buckets: Record<keyof Limits, TokenBucket>;

  constructor(name: string, limits: Limits, now: () => number) {
    this.name = name;
    const names = Object.keys(limits) as (keyof Limits)[];
    const each = <T>(make: (name: keyof Limits) => T) =>
      Object.fromEntries(names.map((name) => [name, make(name)])) as Record<keyof Limits, T>;
    this.calls = each(() => ({ made: 0, throttled: 0 }));
    this.#buckets = each((name) => new TokenBucket(limits[name], now));
  }

  take(name: keyof Limits): boolean {
    const isTaken = this.#buckets[name].take();
    this.calls[name].made += 1;
    if (!isTaken) this.calls[name].throttled += 1;
    return isTaken;
  }
}

interface Held {
  hash: string;
  readyAt: number;
}

export interface LimitedProviderOptions {
  name: string;
  account: Account;
  timeline: StormTimeline;
  random: () => number;
  /** How long a call takes, about: from 0.4 to 1.6 times this. Milliseconds, default 50. */
  callMs?: number | undefined;
}

/** The pause after so many attempts, in milliseconds; nothing where there is to be no other. */
export type Retry = (attempts: number, random: () => number) => number | undefined;

/** As the ECS provider does it with reads. */
const retryRead: Retry = (attempts, random) => Math.min(5000, 100 * 2 ** attempts) * (0.1 + 0.9 * random());

/** From the request to a service that serves. Milliseconds. */
export const ROLLOUT = 45_000;

/** A provider that makes the calls that ECS's makes, against the buckets of an account. What they do takes no more than that. */
export class LimitedProvider implements Provider {
  readonly name: string;
  readonly backend: string;
  readonly held = new Map<string, Held>();
  /** When each tenant's latest change was taken on. */
  readonly takenOnAt = new Map<string, number>();
  readonly #options: LimitedProviderOptions;

  constructor(options: LimitedProviderOptions) {
    this.name = options.name;
    this.backend = options.account.name;
    this.#options = options;
  }

  async provision(spec: TenantComputeSpec): Promise<ProvisionResult> {
    const { tenant_id } = spec;
    const common = { tenant_id, provider_type: this.name, resource_ids: {}, endpoints: [], message: '' };
    await this.#read();
    if (!this.held.has(tenant_id)) {
      await this.#call('definition writes');
      await this.#call('service writes');
      await this.#launch(spec);
      await this.#read();
    }
    return { ...common, status: 'in_progress', provisioned_at: this.#time() };
  }

  async update(tenant_id: string, spec: TenantComputeSpec): Promise<UpdateResult> {
    await this.#read();
    await this.#call('definition writes');
    await this.#call('service writes');
    await this.#launch(spec);
    const common = { tenant_id, provider_type: this.name, changes: [], message: '' };
    return { ...common, status: 'in_progress', updated_at: this.#time() };
  }

  async destroy(tenantId: string): Promise<void> {
    await this.#read();
    if (this.held.has(tenantId)) await this.#call('service writes');
    this.held.delete(tenantId);
    await this.#call('definition writes');
    this.takenOnAt.set(tenantId, this.#options.timeline.now());
  }

  async getStatus(tenant_id: string): Promise<ComputeStatus> {
    await this.#call('service reads');
    const held = this.held.get(tenant_id);
    if (!held) throw new TenantNotFoundError(tenant_id);
    const isUp = held.readyAt <= this.#options.timeline.now();
    return {
      tenant_id,
      provider_type: this.name,
      state: isUp ? 'running' : 'starting',
      containers: [],
      health: 'unknown',
      endpoints: [],
      last_updated: this.#time(),
      metadata: { [isUp ? 'spec_hash' : 'pending_spec_hash']: held.hash },
    };
  }

  async validate(): Promise<undefined> {}

  async *list() {
    for (const [tenant_id, { hash }] of this.held) yield { tenant_id, spec_hash: hash };
  }

  async #launch(spec: TenantComputeSpec): Promise<void> {
    const { account, timeline } = this.#options;
    const now = timeline.now();
    // ECS itself starts the task later where launches are throttled.
    const late = account.take('launches') ? 0 : 5000;
    this.held.set(spec.tenant_id, { hash: specHash(spec), readyAt: now + late + ROLLOUT });
    this.takenOnAt.set(spec.tenant_id, now);
  }

  /** A read on the way to something else. */
  #read(): Promise<void> {
    return this.#call('service reads', retryRead);
  }

  async #call(bucket: keyof Limits, retry?: Retry): Promise<void> {
    const { account, timeline, random, callMs = 50 } = this.#options;
    for (let attempts = 1; ; attempts += 1) {
      await timeline.sleep(callMs * (0.4 + 1.2 * random()));
      if (account.take(bucket)) return;
      const pause = retry?.(attempts, random);
      if (pause === undefined) throw new ThrottledError(`${bucket}: Rate exceeded`);
      await timeline.sleep(pause);
    }
  }

  #time(): string {
    return new Date(this.#options.timeline.now()).toISOString();
  }
}
