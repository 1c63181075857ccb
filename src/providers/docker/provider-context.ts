import type { Logger } from '../../compute/logger.ts';
import type { DockerConfig } from './config.ts';
import type { Engine } from './engine/engine.ts';
import type { Images } from './engine/images.ts';
import { type Names, namesOf } from './names.ts';
import type { RolloutResult } from './rollout/drive.ts';
import type { RecordStore } from './rollout/record-store.ts';

/** What one instance of the provider works with. It knows nothing of any tenant. */
export interface ProviderContext {
  provider: string;
  engine: Engine;
  store: RecordStore;
  images: Images;
  defaults: DockerConfig;
  logger: Logger;
  /** Aborted when the instance is closed. */
  closing: AbortSignal;
  /** The rollouts that this host is at work on, so that callers who want the same wait for the same. */
  jobs: Map<string, Promise<RolloutResult>>;
}

export function tenantNames({ defaults, provider }: Pick<ProviderContext, 'defaults' | 'provider'>, tenantId: string): Names {
  return namesOf(defaults.name_prefix, provider, tenantId);
}

/** The address that endpoints are told with. One that stands for all of a machine's is none that a client could use. */
export function advertisedAddress({ advertise_address, publish_address, endpoint }: DockerConfig): string {
  if (advertise_address !== undefined) return advertise_address;
  if (publish_address !== '0.0.0.0' && publish_address !== '::') return publish_address;
  return endpoint?.startsWith('tcp://') ? new URL(endpoint).hostname : '127.0.0.1';
}
