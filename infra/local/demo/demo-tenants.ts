import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type ComputeStatus, ProblemError, type TenantComputeSpec } from '../../../src/client/index.ts';
import { CommandError } from '../command-line.ts';

export interface Demo {
  client: Client;
  /** The token that the host requires, if it requires one. */
  token?: string | undefined;
  signal: AbortSignal;
  print(text: string): void;
}

/** How long a tenant may take to become healthy, or to be destroyed. */
const PATIENCE_MS = 90_000;
const POLL_MS = 250;

/** Throws `CommandError` with advice if the provider of a tenant is not registered. */
export async function checkProvider(specs: readonly TenantComputeSpec[], { client }: Demo): Promise<void> {
  const { providers } = (await client.listProviders()).data;
  const missing = specs.map(({ provider_type }) => provider_type).find((name) => !providers.includes(name));
  if (missing === undefined) return;
  const hint =
    missing === 'docker'
      ? 'No Docker engine responded: start one, or set DOCKER_HOST. Where BERTH_PROVIDERS is set, it has to name docker.'
      : `Add it to BERTH_PROVIDERS, such as {"${missing}":{"type":"${missing}"}}.`;
  throw new CommandError(`The provider ${missing} is not registered; registered: ${providers.join(', ')}.\n${hint}`);
}

/** Returns true if the tenant exists. */
export async function exists({ tenant_id }: TenantComputeSpec, { client }: Demo): Promise<boolean> {
  return unlessAbsent(client.getTenantStatus(tenant_id)).then((status) => status !== undefined);
}

async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ProblemError && error.status === 404) return undefined;
    throw error;
  });
}

/**
 * Provisions a tenant as `curl -d @examples/….json` would. Returns the id of the operation. Ctrl-C does not cancel it: the
 * host serves a request that was sent, and could do so after the destroy that cleans up.
 */
export async function provision(spec: TenantComputeSpec, { client, print }: Demo): Promise<string> {
  const { status, data, operationId = '' } = await client.provisionTenant(spec);
  const progress = status === 200 ? 'already provisioned' : status === 201 ? 'provisioned' : 'provisioning';
  print(`  ${spec.tenant_id}: ${progress} on ${spec.provider_type}`);
  // The user may have to correct the cause of a retry, such as an image that cannot be pulled.
  if (/; trying again/.test(data.message)) print(`  ${spec.tenant_id}: ${data.message}`);
  return operationId;
}

/** Waits until a request by event is recorded. From then on a destroy supersedes it. Ctrl-C does not cancel the wait. */
export async function untilAccepted({ tenant_id }: TenantComputeSpec, { client }: Demo): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  for (; ; await sleep(POLL_MS, undefined, { signal })) {
    const tenant = await unlessAbsent(client.getTenant(tenant_id, { signal }));
    if (tenant && tenant.data.phase !== 'destroyed') return;
  }
}

/** Waits until an operation has ended. */
export async function untilEnded(operationId: string, { client, signal }: Demo): Promise<void> {
  await client.waitForOperation(operationId, { signal, timeoutMs: PATIENCE_MS });
}

/** Waits until a tenant is healthy, and prints each change. Throws `CommandError` with the reason if it fails. */
export async function untilHealthy(spec: TenantComputeSpec, demo: Demo): Promise<ComputeStatus> {
  const { tenant_id } = spec;
  const { client, signal, print } = demo;
  const deadline = Date.now() + PATIENCE_MS;
  let lastPrinted = '';
  for (; Date.now() < deadline; await sleep(POLL_MS, undefined, { signal })) {
    const { data: status } = await client.getTenantStatus(tenant_id, { signal });
    const description = describe(status);
    if (description !== lastPrinted) print(`  ${tenant_id}: ${description}`);
    lastPrinted = description;
    if (isHealthy(spec, status)) return status;
    if (status.state === 'failed') throw new CommandError(`${tenant_id} failed: ${reasonOf(status)}`);
  }
  const { conditions } = (await client.getTenant(tenant_id, { signal })).data;
  const reason = conditions.find(({ type }) => type === 'Ready')?.message ?? lastPrinted;
  throw new CommandError(`${tenant_id} was not healthy within ${PATIENCE_MS / 1000} s: ${reason}`);
}

/** Fetches a page from the tenant. Returns its first line, or undefined for a tenant without HTTP. */
export async function fetchPage(
  { tenant_id, endpoints }: ComputeStatus,
  { signal, print }: Demo,
): Promise<string | undefined> {
  const url = endpoints.find((endpoint) => endpoint.url)?.url;
  if (url === undefined) return undefined;
  const { status, text } = await get(new URL(url), signal).catch(() => {
    throw new CommandError(`${tenant_id} cannot be reached at ${url}`);
  });
  const [firstLine = ''] = text.split('\n');
  if (status !== 200) throw new CommandError(`${tenant_id} returned ${status} at ${url}`);
  print(`  GET ${url}  →  ${firstLine.slice(0, 100)}`);
  return firstLine;
}

/** Names below `localhost` are this machine (RFC 6761). Browsers and curl know that, but not every resolver. */
async function get(url: URL, signal: AbortSignal): Promise<{ status: number | undefined; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
  const hostname = url.hostname.endsWith('.localhost') ? '127.0.0.1' : url.hostname;
  request({ hostname, port: url.port, path: url.pathname, headers: { host: url.host }, signal }, async (response) => {
    try {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      resolve({ status: response.statusCode, text });
    } catch (error) {
      reject(error);
    }
  })
    .on('error', reject)
    .end();
  return promise;
}

/** Destroys a tenant and waits until that is done. */
export async function destroy({ tenant_id }: TenantComputeSpec, demo: Demo): Promise<void> {
  const { status, operationId = '' } = await demo.client.destroyTenant(tenant_id, { signal: demo.signal });
  if (status === 202) await untilEnded(operationId, demo);
  demo.print(`  ${tenant_id}: destroyed`);
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
