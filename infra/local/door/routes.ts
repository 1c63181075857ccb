import { TenantNotFoundError } from '../../../src/compute/errors.ts';
import type { Manager } from '../../../src/compute/manager.ts';
import type { ComputeStatus } from '../../../src/compute/results.ts';
import { isTenantId } from '../../../src/compute/spec/names.ts';
import { tenantOfHostname } from '../../../src/tenants/place/claim-hostname.ts';
import type { Store } from '../../../src/tenants/store/store.ts';
import type { TenantReader } from '../../../src/tenants/tenant-reader.ts';
import { endpointFor, meaningsOf } from './addresses.ts';
import type { Traffic } from './traffic.ts';

/** Where a request goes, or why it goes nowhere. An open route counts as under way until its `end` is called. */
export type Route =
  | { kind: 'open'; tenantId: string; address: string; port: number; end(): void }
  | { kind: 'unknown' }
  | { kind: 'closed'; tenantId: string; reason: string };

export interface FindOptions {
  /** What was read before is read again. */
  fresh?: boolean | undefined;
  /** A connection that stays open, which no update waits for. */
  isLasting?: boolean | undefined;
}

export interface RoutesOptions {
  store: Store;
  tenants: TenantReader;
  manager: Manager;
  traffic: Traffic;
  /** Returns true for a port of Berth itself, which no request may reach through the door. */
  isOwnPort(port: number): boolean;
}

/** How long what was read is used, in milliseconds. A version that is replaced invalidates it at once. */
const MAX_AGE_MS = 1000;
const MAX_ENTRIES = 1000;
/** A provider that goes on to report what it has replaced is believed in the end. */
const MOST_READS = 5;

interface Read<T> {
  value: Promise<T>;
  at: number;
  edition: number;
  /** The value once it was read, so that a request needs not wait for it. */
  settled?: T;
}

/** Finds the serving version behind the host name of a request. */
export class Routes {
  readonly #options: RoutesOptions;
  readonly #statuses = new Map<string, Read<ComputeStatus | undefined>>();
  readonly #hostnames = new Map<string, Read<string | undefined>>();

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /** Returns the route of a host name. Throws what the provider throws. */
  async find(host: string, options: FindOptions = {}): Promise<Route> {
    const meanings = meaningsOf(host) ?? (await this.#meaningOfHostname(host));
    for (const { tenantId, portName } of meanings) {
      if (!isTenantId(tenantId)) continue;
      const route = await this.#to(tenantId, portName, options);
      if (route) return route;
    }
    return { kind: 'unknown' };
  }

  async #meaningOfHostname(host: string): Promise<{ tenantId: string; portName?: undefined }[]> {
    const { store, traffic } = this.#options;
    const tenantId = await recall(this.#hostnames, host, traffic.edition, () => tenantOfHostname(store, host)).value;
    return tenantId === undefined ? [] : [{ tenantId }];
  }

  /** Undefined: there is no such tenant, or it has no port of that name. */
  async #to(
    tenantId: string,
    portName: string | undefined,
    { fresh, isLasting }: FindOptions,
  ): Promise<Route | undefined> {
    const { traffic, isOwnPort } = this.#options;
    if (fresh) this.#statuses.delete(tenantId);
    for (let reads = 0; ; reads += 1) {
      const read = recall(this.#statuses, tenantId, traffic.edition, () => this.#status(tenantId));
      const status = read.settled ?? (await read.value);
      if (!status) return undefined;
      const endpoint = endpointFor(status.endpoints, portName);
      if (endpoint && reads < MOST_READS && !traffic.isValid(endpoint.port, read.edition)) {
        if (this.#statuses.get(tenantId) === read) this.#statuses.delete(tenantId);
        continue;
      }
      const closed = (reason: string): Route => ({ kind: 'closed', tenantId, reason });
      const { state, metadata } = status;
      if (state === 'stopped' || state === 'stopping') return closed('It is stopped.');
      if (metadata.spec_hash === undefined) return closed('No version of it serves yet.');
      if (!endpoint) return portName === undefined ? closed('It has no HTTP port on this machine.') : undefined;
      if (isOwnPort(endpoint.port)) return closed('Its port is that of Berth.');
      if (traffic.isFull(tenantId)) return closed('Too many requests to it are under way.');
      const { address, port } = endpoint;
      return { kind: 'open', tenantId, address, port, end: traffic.begin(tenantId, isLasting ? undefined : port) };
    }
  }

  async #status(tenantId: string): Promise<ComputeStatus | undefined> {
    const { store, tenants, manager } = this.#options;
    const found = await store.getSummary(tenantId);
    if (!found) return undefined;
    try {
      // A status that is being read for another caller may be older than the present edition.
      manager.forgetStatus(tenantId, found.summary.provider_type);
      return await tenants.status(tenantId, { maxAge: 0 });
    } catch (error) {
      if (error instanceof TenantNotFoundError) return undefined;
      throw error;
    }
  }
}

/** Returns what was read lately, else reads it. A failure is not kept. */
function recall<T>(cache: Map<string, Read<T>>, key: string, edition: number, read: () => Promise<T>): Read<T> {
  const known = cache.get(key);
  const now = performance.now();
  if (known && now - known.at < MAX_AGE_MS) return known;
  const fresh: Read<T> = { value: read(), at: now, edition };
  const forget = () => {
    if (cache.get(key) === fresh) cache.delete(key);
  };
  fresh.value.then((value) => {
    fresh.settled = value;
  }, forget);
  cache.delete(key);
  cache.set(key, fresh);
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_ENTRIES) break;
    cache.delete(oldest);
  }
  return fresh;
}
