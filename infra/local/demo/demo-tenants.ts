import { setTimeout as sleep } from 'node:timers/promises';
import type { ComputeStatus, TenantComputeSpec } from '../../../src/index.ts';
import { CommandError } from '../command-line.ts';

export interface DemoClient {
  url: string;
  signal: AbortSignal;
  print(text: string): void;
}

/** How long a tenant may take to get healthy, or to be gone. */
const PATIENCE_MS = 90_000;
const PAUSE_MS = 250;
/** How long an answer may take that is waited for even after Ctrl-C. */
const ANSWER_MS = 30_000;

/** Throws `CommandError` where a tenant's provider is not there, saying what to do about it. */
export async function checkProvider(specs: readonly TenantComputeSpec[], client: DemoClient): Promise<void> {
  const { providers } = (await (await request(client, 'GET', '/v1/providers')).json()) as { providers: string[] };
  const missing = specs.map(({ provider_type }) => provider_type).find((name) => !providers.includes(name));
  if (missing === undefined) return;
  const hint =
    missing === 'docker'
      ? 'No Docker engine answered: start one, or say with DOCKER_HOST where it is. If BERTH_PROVIDERS is set, add {"docker":{"type":"docker"}}.'
      : `Add it to BERTH_PROVIDERS, such as {"${missing}":{"type":"${missing}"}}.`;
  throw new CommandError(`There is no provider ${missing} here; there is ${providers.join(', ')}.\n${hint}`);
}

/** Whether a tenant is there already. */
export async function isThere({ tenant_id }: TenantComputeSpec, client: DemoClient): Promise<boolean> {
  const url = `${client.url}/v1/tenants/${tenant_id}/status`;
  return (await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })).status !== 404;
}

/**
 * Provisions a tenant as `curl -d @examples/….json` would. Answers where to follow the operation. It is not called off: a
 * request that was sent is served, and could come after the destroy that cleans up.
 */
export async function provision(spec: TenantComputeSpec, client: DemoClient): Promise<string> {
  const answered = { ...client, signal: AbortSignal.timeout(ANSWER_MS) };
  const response = await request(answered, 'POST', '/v1/tenants', spec);
  const { status, headers } = response;
  const { message = '' } = (await response.json()) as { message?: string };
  const outcome = status === 200 ? 'was already there' : status === 201 ? 'provisioned' : 'being provisioned';
  client.print(`  ${spec.tenant_id}: ${outcome} on ${spec.provider_type}`);
  // What failed and is tried again may well be for the user to put right: an image that cannot be pulled, say.
  if (/; trying again/.test(message)) client.print(`  ${spec.tenant_id}: ${message}`);
  return headers.get('location') ?? '';
}

/** Waits until what was asked for by an event is on record: from then on, a destroy takes its place. Ctrl-C does not end it. */
export async function untilAccepted({ tenant_id }: TenantComputeSpec, { url }: DemoClient): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  for (; ; await sleep(PAUSE_MS, undefined, { signal })) {
    const response = await fetch(`${url}/v1/tenants/${tenant_id}`, { signal });
    const { phase = 'destroyed' } = (await response.json()) as { phase?: string };
    if (phase !== 'destroyed') return;
  }
}

/** Waits until an operation has ended. */
export async function untilEnded(location: string, client: DemoClient): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { state } = (await (await request(client, 'GET', `${location}?wait=20`)).json()) as { state: string };
    if (state !== 'running') return;
  }
  throw new CommandError(`${location} had not ended within ${PATIENCE_MS / 1000} s`);
}

/** Waits until a tenant is healthy, telling each change. Throws `CommandError` with the reason where it fails. */
export async function untilHealthy(spec: TenantComputeSpec, client: DemoClient): Promise<ComputeStatus> {
  const { tenant_id } = spec;
  const path = `/v1/tenants/${tenant_id}/status`;
  const deadline = Date.now() + PATIENCE_MS;
  let last = '';
  for (; Date.now() < deadline; await sleep(PAUSE_MS, undefined, { signal: client.signal })) {
    const status = (await (await request(client, 'GET', path)).json()) as ComputeStatus;
    const line = describe(status);
    if (line !== last) client.print(`  ${tenant_id}: ${line}`);
    last = line;
    if (isHealthy(spec, status)) return status;
    if (status.state === 'failed') throw new CommandError(`${tenant_id} failed: ${reasonOf(status)}`);
  }
  const why = await whyNotReady(spec, client);
  throw new CommandError(`${tenant_id} was not healthy within ${PATIENCE_MS / 1000} s: ${why ?? last}`);
}

async function whyNotReady({ tenant_id }: TenantComputeSpec, client: DemoClient): Promise<string | undefined> {
  const response = await request(client, 'GET', `/v1/tenants/${tenant_id}`);
  const { conditions } = (await response.json()) as { conditions: { type: string; message: string }[] };
  return conditions.find(({ type }) => type === 'Ready')?.message;
}

/** Fetches a page from the tenant itself, past Berth. Answers the first line of it, or nothing for a tenant without HTTP. */
export async function fetchPage(
  { tenant_id, endpoints }: ComputeStatus,
  client: DemoClient,
): Promise<string | undefined> {
  const url = endpoints.find((endpoint) => endpoint.url)?.url;
  if (url === undefined) return undefined;
  const response = await fetch(url, { signal: client.signal }).catch(() => {
    throw new CommandError(`${tenant_id} does not answer at ${url}`);
  });
  const [line = ''] = (await response.text()).split('\n');
  if (!response.ok) throw new CommandError(`${tenant_id} answered ${response.status} at ${url}`);
  client.print(`  GET ${url}  →  ${line.slice(0, 100)}`);
  return line;
}

/** Destroys a tenant and waits until it is gone. */
export async function destroy(spec: TenantComputeSpec, client: DemoClient): Promise<void> {
  const { tenant_id } = spec;
  const { status, headers } = await request(client, 'DELETE', `/v1/tenants/${tenant_id}`);
  if (status === 202) await untilEnded(headers.get('location') ?? '', client);
  client.print(`  ${tenant_id}: destroyed`);
}

async function request({ url, signal }: DemoClient, method: string, path: string, body?: unknown): Promise<Response> {
  const content =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, { method, signal, ...content });
  if (response.ok) return response;
  const problem = (await response.json()) as { detail: string; hint: string };
  throw new CommandError(`${method} ${path} answered ${response.status}: ${problem.detail}\n${problem.hint}`);
}

/** Without a health check nobody can say more than that everything runs. */
function isHealthy(spec: TenantComputeSpec, { state, health, containers }: ComputeStatus): boolean {
  const isChecked = spec.containers.some((container) => container.health_check);
  const isReady = state === 'running' && containers.every((container) => container.ready);
  return isReady && (health === 'healthy' || (health === 'unknown' && !isChecked));
}

/** With what stands in the way, if the platform knows: an image that cannot be pulled, say. */
function describe({ state, health, containers, metadata }: ComputeStatus): string {
  const ready = containers.filter((container) => container.ready).length;
  const line = `${state}, ${health} (${ready} of ${containers.length} containers ready)`;
  return metadata.message && state !== 'running' ? `${line}: ${metadata.message}` : line;
}

function reasonOf({ containers, metadata }: ComputeStatus): string {
  const messages = containers.filter(({ message }) => message).map(({ name, message }) => `${name}: ${message}`);
  return [metadata.failure, ...messages].filter(Boolean).join('\n  ') || 'the provider gave no reason';
}
