import { TenantNotFoundError, ThrottledError } from '../../src/compute/errors.ts';
import type { Provider, ProviderCall } from '../../src/compute/provider.ts';
import type { ComputeStatus, ProvisionResult, UpdateResult } from '../../src/compute/results.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { specHash } from '../../src/compute/spec/spec-diff.ts';
import { TokenBucket } from '../../test/support/fake-ecs/token-bucket.ts';
import type { StormTimeline } from './timeline.ts';

/**
 * The published limits of ECS for one account in one region: calls a second, and the size of a burst.
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

/** An account at the backend: one token bucket for each limit, and the calls that it counted. */
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

interface Deployment {
  hash: string;
  readyAt: number;
}

export interface LimitedProviderOptions {
  name: string;
  account: Account;
  timeline: StormTimeline;
  random: () => number;
  /** The mean duration of a call, which varies from 0.4 to 1.6 times this. Milliseconds; 50 by default. */
  callMs?: number | undefined;
}

/** Returns the pause before the next attempt, in milliseconds, as the ECS provider retries reads. */
function readBackoff(attempts: number, random: () => number): number {
  return Math.min(5000, 100 * 2 ** attempts) * (0.1 + 0.9 * random());
}

/** From the request to a service that is ready, and the delay of a throttled launch. Milliseconds. */
export const ROLLOUT_MS = 45_000;
const LATE_LAUNCH_MS = 5000;

/** Makes the calls of the ECS provider against the token buckets of an account, and keeps its deployments in memory. */
export class LimitedProvider implements Provider {
  readonly name: string;
  readonly backend: string;
  readonly deployments = new Map<string, Deployment>();
  /** When the backend accepted each tenant's latest change. Epoch milliseconds. */
  readonly acceptedAt = new Map<string, number>();
  readonly #options: LimitedProviderOptions;

  constructor(options: LimitedProviderOptions) {
    this.name = options.name;
    this.backend = options.account.name;
    this.#options = options;
  }

  async provision(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<ProvisionResult> {
    const { tenant_id } = spec;
    const common = { tenant_id, provider_type: this.name, resource_ids: {}, endpoints: [], message: '' };
    await this.#read();
    if (!this.deployments.has(tenant_id)) {
      await this.#call('definition writes');
      await this.#call('service writes');
      await this.#launch(spec, call);
      await this.#read();
    }
    return { ...common, status: 'in_progress', provisioned_at: this.#time() };
  }

  async update(tenant_id: string, spec: TenantComputeSpec, call: ProviderCall = {}): Promise<UpdateResult> {
    await this.#read();
    await this.#call('definition writes');
    await this.#call('service writes');
    await this.#launch(spec, call);
    const common = { tenant_id, provider_type: this.name, changes: [], message: '' };
    return { ...common, status: 'in_progress', updated_at: this.#time() };
  }

  async destroy(tenantId: string): Promise<void> {
    await this.#read();
    if (this.deployments.has(tenantId)) await this.#call('service writes');
    this.deployments.delete(tenantId);
    await this.#call('definition writes');
    this.acceptedAt.set(tenantId, this.#options.timeline.now());
  }

  async getStatus(tenant_id: string): Promise<ComputeStatus> {
    await this.#call('service reads');
    const deployment = this.deployments.get(tenant_id);
    if (!deployment) throw new TenantNotFoundError(tenant_id);
    const isReady = deployment.readyAt <= this.#options.timeline.now();
    return {
      tenant_id,
      provider_type: this.name,
      state: isReady ? 'running' : 'starting',
      containers: [],
      health: isReady ? 'healthy' : 'unknown',
      endpoints: [],
      last_updated: this.#time(),
      metadata: { [isReady ? 'spec_hash' : 'pending_spec_hash']: deployment.hash },
    };
  }

  async validate(): Promise<undefined> {}

  async *list() {
    for (const [tenant_id, { hash }] of this.deployments) yield { tenant_id, spec_hash: hash };
  }

  async #launch(spec: TenantComputeSpec, { spec_hash = specHash(spec) }: ProviderCall): Promise<void> {
    const { account, timeline } = this.#options;
    const now = timeline.now();
    // ECS itself delays a launch that is over its limit.
    const delay = account.take('launches') ? 0 : LATE_LAUNCH_MS;
    this.deployments.set(spec.tenant_id, { hash: spec_hash, readyAt: now + delay + ROLLOUT_MS });
    this.acceptedAt.set(spec.tenant_id, now);
  }

  /** Makes a read that is part of a change. It is retried until it passes. */
  #read(): Promise<void> {
    return this.#call('service reads', readBackoff);
  }

  /** Throws ThrottledError for a call that is over its limit, unless it is given a backoff. */
  async #call(bucket: keyof Limits, backoff?: typeof readBackoff): Promise<void> {
    const { account, timeline, random, callMs = 50 } = this.#options;
    for (let attempts = 1; ; attempts += 1) {
      await timeline.sleep(callMs * (0.4 + 1.2 * random()));
      if (account.take(bucket)) return;
      if (!backoff) throw new ThrottledError(`${bucket}: Rate exceeded`);
      await timeline.sleep(backoff(attempts, random));
    }
  }

  #time(): string {
    return new Date(this.#options.timeline.now()).toISOString();
  }
}
