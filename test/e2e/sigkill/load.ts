import { setTimeout as sleep } from 'node:timers/promises';

/** What a client last requested of a tenant. */
export interface Wish {
  version: number;
  /** It is stopped after its version was requested. */
  stopped?: true;
  /** It is stopped, started and restarted after its version was requested. */
  cycled?: true;
}

/** The last wish for each tenant; undefined for a destroy. The host acknowledged it, or may have accepted it. */
export type DesiredVersions = Map<string, Wish | undefined>;

export interface LoadOptions {
  url(): string | undefined;
  random(): number;
  tenants: readonly string[];
  desired: DesiredVersions;
  signal: AbortSignal;
}

/** Succeeds once the process is two seconds old. */
const slowCheck = {
  type: 'exec',
  command: ['sh', '-c', 'sleep 2'],
  interval_seconds: 5,
  timeout_seconds: 4,
} as const;

/** Notes its version in the volume of its tenant, and goes on. */
const noteVersion = 'echo "$VERSION" >> "$VOLUME_DATA/versions"; exec sleep 100000';

export function specOf(tenant_id: string, version: number) {
  return {
    tenant_id,
    provider_type: 'process',
    containers: [
      ...['a', 'b'].map((name) => ({
        name,
        image: 'busybox:1',
        ...(name === 'a'
          ? { command: ['sh', '-c', noteVersion], volumes: [{ name: 'data', path: '/data' }] }
          : { command: ['sleep', '100000'] }),
        // Every other version takes a while to get ready, so that updates arrive during updates.
        ...(version % 2 === 0 && name === 'a' && { health_check: slowCheck }),
        env: { VERSION: String(version) },
      })),
      // Every third version has a container that runs once, and takes a while.
      ...(version % 3 === 0 ? [{ name: 'setup', image: 'busybox:1', command: ['sleep', '0.3'], run: 'once' }] : []),
    ],
    resources: { cpu: 128, memory: 128 },
  };
}

/**
 * Runs one client, which alone changes some tenants. It requests a random version, with or without a stop or a restart
 * after it, or a destroy. It repeats the request through all kills until a host accepts it, and then goes on with the next.
 * Returns the number of accepted requests.
 */
export async function runClient({ url, random, tenants, desired, signal }: LoadOptions): Promise<number> {
  let acknowledged = 0;
  while (!signal.aborted) {
    const id = tenants[Math.floor(random() * tenants.length)] ?? '';
    const wish = random() < 0.2 ? undefined : aWish(random);
    desired.set(id, wish);
    // An abandoned request may or may not have been accepted, so the client always completes the last one.
    await requestUntilAccepted(url, id, wish);
    acknowledged += 1;
  }
  return acknowledged;
}

function aWish(random: () => number): Wish {
  const version = 1 + Math.floor(random() * 5);
  const what = random();
  if (what < 0.3) return { version, stopped: true };
  return what < 0.6 ? { version, cycled: true } : { version };
}

/** Repeats the requests of a wish until they are accepted, one after the other. */
export async function requestUntilAccepted(
  url: () => string | undefined,
  id: string,
  wish: Wish | undefined,
): Promise<void> {
  const insist = async (send: () => Promise<boolean>) => {
    while (!(await send().catch(() => false))) await sleep(20);
  };
  await insist(() => request(url(), id, wish?.version));
  const controls = wish?.cycled ? ['stop', 'start', 'restart'] : wish?.stopped ? ['stop'] : ['start'];
  if (wish) for (const what of controls) await insist(() => control(url(), id, what));
}

async function control(url: string | undefined, id: string, what: string): Promise<boolean> {
  if (!url) return false;
  const signal = AbortSignal.timeout(30_000);
  return (await fetch(`${url}/v1/tenants/${id}/${what}`, { method: 'POST', signal })).ok;
}

async function request(url: string | undefined, id: string, version: number | undefined): Promise<boolean> {
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
