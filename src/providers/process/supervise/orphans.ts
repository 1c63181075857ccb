import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderContext } from '../provider-context.ts';
import { runsOf } from '../records/records.ts';
import { type MarkedProcess, scanMarked } from './process-table.ts';

/** Ends processes of this provider's folder that no record knows of, because their record is lost. */
export async function endOrphans(site: ProviderContext, graceMs: number, closing: AbortSignal): Promise<boolean> {
  return endAll(graceMs, async () => {
    if (closing.aborted) return []; // the next host searches again
    const mine = await ownProcesses(site); // before the records: a run is in a record before it is a process
    const known = new Set<string>();
    const unreadable = new Set<string>();
    for (const tenantId of await site.store.tenantIds()) {
      const record = await site.store.read(tenantId).catch(() => null);
      if (record === null) unreadable.add(tenantId);
      else for (const run of record ? runsOf(record) : []) known.add(run.run_id);
    }
    return mine.filter(({ run, tenant }) => !known.has(run ?? '') && !unreadable.has(tenant ?? ''));
  });
}

/** Ends all processes that carry the mark of a tenant: for one whose record is lost or cannot be read. */
export async function endTenant(site: ProviderContext, tenantId: string, graceMs: number): Promise<boolean> {
  return endAll(graceMs, async () => (await ownProcesses(site)).filter(({ tenant }) => tenant === tenantId));
}

async function ownProcesses(site: ProviderContext): Promise<MarkedProcess[]> {
  const owner = await site.store.owner();
  return (await scanMarked()).filter((entry) => entry.owner === owner && entry.provider === site.name && !entry.zombie);
}

/** SIGTERM, then SIGKILL after the grace. Answers whether they are gone. */
async function endAll(graceMs: number, select: () => Promise<MarkedProcess[]>): Promise<boolean> {
  const begun = performance.now();
  const asked = new Set<number>();
  for (;;) {
    const left = await select();
    if (left.length === 0) return true;
    const waited = performance.now() - begun;
    if (waited > graceMs + 5000) return false;
    for (const { pid } of left) {
      if (waited >= graceMs) signal(pid, 'SIGKILL');
      else if (!asked.has(pid)) signal(pid, 'SIGTERM');
      asked.add(pid);
    }
    await sleep(50);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone meanwhile; if not, it is selected again.
  }
}
