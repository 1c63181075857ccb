import type { Origin } from '../../compute/labels.ts';
import type { Logger } from '../../compute/logger.ts';
import type { Send } from './api/client.ts';
import type { OperatorSettings } from './settings.ts';

/** The dependencies of one call of the provider. It holds nothing about tenants. */
export interface ProviderContext {
  /** Calls ECS, and retries within the budget of this call. */
  send: Send;
  /** Name of the provider. */
  provider: string;
  settings: OperatorSettings;
  /** Of the settings that reach existing tenants; see `settingsDigest`. */
  settingsDigest: string;
  /** For whom this call works. Resources of other installations are left alone, and a destroy spares other lives. */
  origin: Origin;
  /** Of an update: the id of the restart that it is. */
  restart?: string | undefined;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}
