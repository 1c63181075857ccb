import { setTimeout as sleep } from 'node:timers/promises';
import type { ComputeStatus, TenantComputeSpec } from '../../../src/index.ts';
import { CommandError } from '../command-line.ts';

export interface DemoClient {
  url: string;
  signal: AbortSignal;
  print(text: string): void;
}

/** How long a tenant may take to become healthy, or to be destroyed. */
const PATIENCE_MS = 90_000;
const POLL_MS = 250;
/** The timeout of requests that are completed even after Ctrl-C. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Throws `CommandError` with advice if the provider of a tenant is not registered. */
export async function checkProvider(specs: readonly TenantComputeSpec[], client: DemoClient): Promise<void> {
  const { providers } = (await (await request(client, 'GET', '/v1/providers')).json()) as { providers: string[] };
  const missing = specs.map(({ provider_type }) => provider_type).find((name) => !providers.includes(name));
  if (missing === undefined) return;
  const hint =
    missing === 'docker'
      ? 'No Docker engine responded: start one, or set DOCKER_HOST. Where BERTH_PROVIDERS is set, it has to name docker.'
      : `Add it to BERTH_PROVIDERS, such as {"${missing}":{"type":"${missing}"}}.`;
  throw new CommandError(`The provider ${missing} is not registered; registered: ${providers.join(', ')}.\n${hint}`);
}

/** Returns true if the tenant exists. */
export async function exists({ tenant_id }: TenantComputeSpec, client: DemoClient): Promise<boolean> {
  const url = `${client.url}/v1/tenants/${tenant_id}/status`;
  return (await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })).status !== 404;
}

/**
 * Provisions a tenant as `curl -d @examples/….json` would. Returns the path of the operation. Ctrl-C does not cancel it:
 * the host serves a request that was sent, and could do so after the destroy that cleans up.
 */
export async function provision(spec: TenantComputeSpec, client: DemoClient): Promise<string> {
  const patient = { ...client, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) };
  const response = await request(patient, 'POST', '/v1/tenants', spec);
  const { status, headers } = response;
  const { message = '' } = (await response.json()) as { message?: string };
  const progress = status === 200 ? 'already provisioned' : status === 201 ? 'provisioned' : 'provisioning';
  client.print(`  ${spec.tenant_id}: ${progress} on ${spec.provider_type}`);
  // The user may have to correct the cause of a retry, such as an image that cannot be pulled.
  if (/; trying again/.test(message)) client.print(`  ${spec.tenant_id}: ${message}`);
  return headers.get('location') ?? '';
}

/** Waits until a request by event is recorded. From then on a destroy supersedes it. Ctrl-C does not cancel the wait. */
export async function untilAccepted({ tenant_id }: TenantComputeSpec, { url }: DemoClient): Promise<void> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  for (; ; await sleep(POLL_MS, undefined, { signal })) {
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

/** Waits until a tenant is healthy, and prints each change. Throws `CommandError` with the reason if it fails. */
export async function untilHealthy(spec: TenantComputeSpec, client: DemoClient): Promise<ComputeStatus> {
  const { tenant_id } = spec;
  const path = `/v1/tenants/${tenant_id}/status`;
  const deadline = Date.now() + PATIENCE_MS;
  let lastPrinted = '';
  for (; Date.now() < deadline; await sleep(POLL_MS, undefined, { signal: client.signal })) {
    const status = (await (await request(client, 'GET', path)).json()) as ComputeStatus;
    const description = describe(status);
    if (description !== lastPrinted) client.print(`  ${tenant_id}: ${description}`);
    lastPrinted = description;
    if (isHealthy(spec, status)) return status;
    if (status.state === 'failed') throw new CommandError(`${tenant_id} failed: ${reasonOf(status)}`);
  }
  const why = await whyNotReady(spec, client);
  throw new CommandError(`${tenant_id} was not healthy within ${PATIENCE_MS / 1000} s: ${why ?? lastPrinted}`);
}

async function whyNotReady({ tenant_id }: TenantComputeSpec, client: DemoClient): Promise<string | undefined> {
  const response = await request(client, 'GET', `/v1/tenants/${tenant_id}`);
  const { conditions } = (await response.json()) as { conditions: { type: string; message: string }[] };
  return conditions.find(({ type }) => type === 'Ready')?.message;
}

/** Fetches a page directly from the tenant. Returns its first line, or undefined for a tenant without HTTP. */
export async function fetchPage(
  { tenant_id, endpoints }: ComputeStatus,
  client: DemoClient,
): Promise<string | undefined> {
  const url = endpoints.find((endpoint) => endpoint.url)?.url;
  if (url === undefined) return undefined;
  const response = await fetch(url, { signal: client.signal }).catch(() => {
    throw new CommandError(`${tenant_id} cannot be reached at ${url}`);
  });
  const [firstLine = ''] = (await response.text()).split('\n');
  if (!response.ok) throw new CommandError(`${tenant_id} returned ${response.status} at ${url}`);
  client.print(`  GET ${url}  →  ${firstLine.slice(0, 100)}`);
  return firstLine;
}

/** Destroys a tenant and waits until that is done. */
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
  throw new CommandError(`${method} ${path} returned ${response.status}: ${problem.detail}\n${problem.hint}`);
}

/** A tenant without a health check counts as healthy when all of its containers run. */
function isHealthy(spec: TenantComputeSpec, { state, health, containers }: ComputeStatus): boolean {
  const isChecked = spec.containers.some((container) => container.health_check);
  const isReady = state === 'running' && containers.every((container) => container.ready);
  return isReady && (health === 'healthy' || (health === 'unknown' && !isChecked));
}

/** Includes the obstacle, if the platform reports one, such as an image that cannot be pulled. */
function describe({ state, health, containers, metadata }: ComputeStatus): string {
  const ready = containers.filter((container) => container.ready).length;
  const summary = `${state}, ${health} (${ready} of ${containers.length} containers ready)`;
  return metadata.message && state !== 'running' ? `${summary}: ${metadata.message}` : summary;
}

function reasonOf({ containers, metadata }: ComputeStatus): string {
  const messages = containers.filter(({ message }) => message).map(({ name, message }) => `${name}: ${message}`);
  return [metadata.failure, ...messages].filter(Boolean).join('\n  ') || 'the provider gave no reason';
}
