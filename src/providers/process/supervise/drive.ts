import type { ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/records.ts';
import { reconcile } from './reconcile.ts';

/** Others may change the tenant too, and their news is not heard here. */
const LONGEST_PAUSE_MS = 250;

export interface DriveOptions {
  /** What is waited for. `undefined` stands for a tenant that is not there. */
  until: (record: TenantRecord | undefined) => boolean;
  limitMs: number;
  signal?: AbortSignal | undefined;
}

/** Looks at a tenant again and again, as a supervisor does, until something has come about or the time is over. */
export async function drive(
  site: ProviderContext,
  tenantId: string,
  options: DriveOptions,
): Promise<TenantRecord | undefined> {
  const giveUpAt = performance.now() + options.limitMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const ear = listen(site, tenantId, options.signal);
    try {
      const { record, nextIn } = await reconcile(site, tenantId);
      const remaining = giveUpAt - performance.now();
      if (options.until(record) || remaining <= 0) return record;
      await ear.news(Math.min(nextIn, remaining, LONGEST_PAUSE_MS));
    } finally {
      ear.close();
    }
  }
}

/** Hears of a tenant from now on, so that what happens during a look is not missed by the wait after it. */
function listen(site: ProviderContext, tenantId: string, signal: AbortSignal | undefined) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onNews = (about: string) => about === tenantId && resolve();
  const onAbort = () => resolve();
  let timer: NodeJS.Timeout | undefined;
  site.news.on('tenant', onNews);
  signal?.addEventListener('abort', onAbort);
  return {
    news(limitMs: number): Promise<void> {
      timer = setTimeout(resolve, limitMs);
      return promise;
    },
    close(): void {
      clearTimeout(timer);
      site.news.off('tenant', onNews);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
