import { InvalidProviderError, ProviderConflictError, ProviderNotFoundError } from './errors.ts';
import { type Logger, silentLogger } from './logger.ts';
import type { Provider } from './provider.ts';
import { PROVIDER_NAME } from './spec/names.ts';

/**
 * The providers, by name. Every method is synchronous, so asynchronous callers cannot interleave within one: of any number
 * of registrations of one name exactly one succeeds.
 */
export class Registry {
  readonly #providers = new Map<string, Provider>();
  readonly #logger: Logger;

  constructor(logger: Logger = silentLogger) {
    this.#logger = logger;
  }

  /** Registers a provider under its own name. Throws `InvalidProviderError` or `ProviderConflictError`. */
  register(provider: Provider): void {
    const name: unknown = provider?.name;
    if (typeof name !== 'string' || !PROVIDER_NAME.test(name)) {
      throw new InvalidProviderError(
        `the name ${JSON.stringify(name) ?? 'undefined'} does not match ${PROVIDER_NAME.source}`,
      );
    }
    if (this.#providers.has(name)) throw new ProviderConflictError(name);
    this.#providers.set(name, provider);
    this.#logger.info('registered compute provider', { component: 'compute-registry', provider: name });
  }

  /** Returns the provider of that name. Throws `ProviderNotFoundError`, which names the registered providers. */
  get(name: string): Provider {
    const provider = this.#providers.get(name);
    if (provider) return provider;
    const known = this.#providers.size === 0 ? 'none is registered' : `registered: ${this.list().join(', ')}`;
    throw new ProviderNotFoundError(`${JSON.stringify(String(name).slice(0, 64))} (${known})`);
  }

  /** Returns the registered names, sorted, in a fresh array. */
  list(): string[] {
    return [...this.#providers.keys()].sort();
  }

  /** Tells whether a provider of that name is registered. */
  has(name: string): boolean {
    return this.#providers.has(name);
  }
}
