import { setTimeout as sleep } from 'node:timers/promises';

/** What was last asked for of each tenant: a version, or nothing. Only what a host acknowledged, or may have accepted, counts. */
export type Wishes = Map<string, number | undefined>;

export interface LoadOptions {
  url(): string | undefined;
  random(): number;
  tenants: readonly string[];
  wishes: Wishes;
  signal: AbortSignal;
}

export function specOf(tenant_id: string, version: number) {
  return {
    tenant_id,
    provider_type: 'process',
    containers: ['a', 'b'].map((name) => ({
      name,
      image: 'busybox:1',
      command: ['sleep', '100000'],
      env: { VERSION: String(version) },
    })),
    resources: { cpu: 128, memory: 128 },
  };
}

/**
 * One client of some tenants that nobody else changes: wants a version or nothing, and repeats it blindly until a host says
 * that it has it, through whatever dies in between; then the next.
 */
export async function runClient({ url, random, tenants, wishes, signal }: LoadOptions): Promise<number> {
  let acknowledged = 0;
  while (!signal.aborted) {
    const id = tenants[Math.floor(random() * tenants.length)] ?? '';
    const version = random() < 0.25 ? undefined : 1 + Math.floor(random() * 5);
    wishes.set(id, version);
    // Whoever stops in between leaves a wish that may or may not have been heard: so the last one is always carried through.
    await carryThrough(url, id, version);
    acknowledged += 1;
  }
  return acknowledged;
}

/** Repeats a wish until it is accepted. */
export async function carryThrough(
  url: () => string | undefined,
  id: string,
  version: number | undefined,
): Promise<void> {
  while (!(await ask(url(), id, version).catch(() => false))) await sleep(20);
}

async function ask(url: string | undefined, id: string, version: number | undefined): Promise<boolean> {
  if (!url) return false;
  const send = (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  if (version === undefined) return (await send('DELETE', `/v1/tenants/${id}`)).ok;
  const spec = specOf(id, version);
  const made = await send('POST', '/v1/tenants', spec);
  if (made.ok) return true;
  return (await send('PUT', `/v1/tenants/${id}`, spec)).ok;
}
