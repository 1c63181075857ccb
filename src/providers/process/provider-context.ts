import { EventEmitter } from 'node:events';
import type { Logger } from '../../compute/logger.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { ProcessConfig } from './config.ts';
import type { RecordStore } from './records/record-store.ts';
import { Prober } from './supervise/prober.ts';

/** What one instance of the provider works with. It knows nothing of any tenant. */
export interface ProviderContext {
  name: string;
  store: RecordStore;
  defaults: Readonly<Record<string, unknown>>;
  logger: Logger;
  prober: Prober;
  /** Tells of tenants, by id, that something happened to: a child ended, a health check answered. */
  news: EventEmitter<{ tenant: [tenantId: string] }>;
  /** When this instance was made. The time before, when perhaps no host was there, counts against no start timeout. */
  since: number;
}

export function createSite(options: Pick<ProviderContext, 'name' | 'store' | 'defaults' | 'logger'>): ProviderContext {
  const news: ProviderContext['news'] = new EventEmitter();
  news.setMaxListeners(0);
  const prober = new Prober((tenantId) => news.emit('tenant', tenantId));
  return { ...options, prober, news, since: Date.now() };
}

/** The configuration that holds for a specification now: the operator may have changed the defaults meanwhile. */
export function configOf(site: ProviderContext, spec: TenantComputeSpec): ProcessConfig {
  return resolveProviderConfig(spec, ProcessConfig, site.defaults);
}
