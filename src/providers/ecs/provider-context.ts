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
  /** The life of the tenant that the call is about; see `ProviderCall.incarnation`. */
  incarnation: string | undefined;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}
