import { EventEmitter } from 'node:events';
import type { Logger } from '../../compute/logger.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import type { TenantComputeSpec } from '../../compute/spec.ts';
import { ProcessConfig } from './config.ts';
import { Prober } from './prober.ts';
import type { RecordStore } from './record-store.ts';

/** What one instance of the provider works with. It knows nothing of any tenant. */
export interface Site {
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

export function createSite(options: Pick<Site, 'name' | 'store' | 'defaults' | 'logger'>): Site {
  const news: Site['news'] = new EventEmitter();
  news.setMaxListeners(0);
  const prober = new Prober((tenantId) => news.emit('tenant', tenantId));
  return { ...options, prober, news, since: Date.now() };
}

/** The configuration that holds for a specification now: the operator may have changed the defaults meanwhile. */
export function configOf(site: Site, spec: TenantComputeSpec): ProcessConfig {
  return resolveProviderConfig(spec, ProcessConfig, site.defaults);
}
