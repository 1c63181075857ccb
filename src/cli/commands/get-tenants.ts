import type { Health, Phase, TenantSummary } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { addressOf, shownEndpoints } from '../output/outcome.ts';
import { printResult } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { ago } from '../terminal/ago.ts';
import { paint } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

export async function run(session: Session, { options }: Invocation): Promise<number> {
  const { provider, phase, health, selector: label, limit = Number.POSITIVE_INFINITY } = options;
  const client = await session.connect();
  const tenants: TenantSummary[] = [];
  // The control plane validates the phase and the health.
  for await (const tenant of client.tenants({
    provider,
    phase: phase as Phase | undefined,
    health: health as Health | undefined,
    label,
    limit: Math.min(limit, 100),
    signal: session.signal,
  })) {
    if (tenants.push(tenant) >= limit) break;
  }
  const isFiltered = [provider, phase, health, label].some((filter) => filter !== undefined);
  await printResult(session, {
    data: { tenants },
    rows: tenants,
    columns: columnsAt(session.host.now()),
    nameOf: ({ tenant_id }) => tenant_id,
    nothing: isFiltered
      ? 'No tenant matches.'
      : 'There are no tenants yet. Provision one with: berth apply -f examples/hello.yaml',
  });
  return exitCodes.done;
}

export function columnsAt(now: number): Column<TenantSummary>[] {
  return [
    { title: 'TENANT', value: ({ tenant_id }) => tenant_id },
    { title: 'PROVIDER', value: ({ provider_type }) => provider_type, elastic: true },
    { title: 'PHASE', value: ({ phase }) => phase, style: paint },
    { title: 'READY', value: ({ ready }) => String(ready), style: paint },
    { title: 'HEALTH', value: ({ health }) => health, style: paint },
    { title: 'SEEN', value: ({ observed_at }) => (observed_at ? ago(observed_at, now) : 'never') },
    { title: 'RESTARTS', value: ({ restart_count }) => String(restart_count) },
    { title: 'REV', value: ({ revision }) => String(revision) },
    { title: 'AGE', value: ({ created_at }) => ago(created_at, now) },
    { title: 'REASON', value: ({ reason }) => reason, wide: true },
    { title: 'CHANGED', value: ({ updated_at }) => `${ago(updated_at, now)} ago`, wide: true },
    {
      title: 'LABELS',
      value: ({ labels }) =>
        Object.entries(labels)
          .map((pair) => pair.join('='))
          .join(','),
      wide: true,
    },
    { title: 'ENDPOINT', value: ({ endpoints }) => shownEndpoints(endpoints).map(addressOf).join(' '), elastic: true },
  ];
}
