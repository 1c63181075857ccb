import { join, resolve } from 'node:path';
import {
  ComputeError,
  DestroyFailedError,
  messageOf,
  ProviderFailedError,
  TenantNotFoundError,
} from '../../compute/errors.ts';
import { silentLogger } from '../../compute/logger.ts';
import type { HeldTenant, Provider, ProviderOptions } from '../../compute/provider.ts';
import { checkDefaults, ProcessConfig, shownDefaults } from './config.ts';
import { readLogPage } from './logs/log-pages.ts';
import { toStatus } from './mapping.ts';
import { configOf, createSite, type ProviderContext } from './provider-context.ts';
import { RecordStore } from './records/record-store.ts';
import { runsOf, type TenantRecord } from './records/records.ts';
import { provision } from './rollout/provision.ts';
import { digestsOf } from './rollout/rollout.ts';
import { update } from './rollout/update.ts';
import { checkProcessSpec } from './rules.ts';
import { SECRET_SOURCE } from './secrets.ts';
import { drive } from './supervise/drive.ts';
import { endOrphans, endTenant } from './supervise/orphans.ts';
import { isAlive } from './supervise/spawn.ts';
import { Supervisor } from './supervise/supervisor.ts';

const DEFAULT_DATA_DIR = '.berth';
/** SIGKILL ends whatever is not caught in the kernel; this long it may take to be seen. */
const KILL_TAKES_MS = 10_000;

/**
 * Runs the containers of tenants as processes of this machine. They belong to no host: a host that is killed leaves them
 * running, and the next one with the same data folder finds them by their records and in the process table.
 * Without `start`, a tenant is supervised only while its provision or update is under way.
 */
export function createProcessProvider({ name, defaults, dataDir, logger }: ProviderOptions): Provider {
  const site = createSite({
    name,
    defaults: checkDefaults(name, defaults),
    store: new RecordStore(join(resolve(dataDir ?? DEFAULT_DATA_DIR), name)),
    logger: logger ?? silentLogger,
  });
  const supervisor = new Supervisor(site);
  const closing = new AbortController();
  let orphansEnd = Promise.resolve();
  return {
    name,
    capabilities: {
      secret_sources: [SECRET_SOURCE],
      images: false,
      resource_limits: false,
      network_isolation: false,
      host_ports: true,
      logs: true,
    },
    configSchema: ProcessConfig,
    configDefaults: shownDefaults(site.defaults),

    async provision(spec, call = {}) {
      try {
        return await inWords(() => provision(site, spec, call), call.signal);
      } finally {
        supervisor.tend(spec.tenant_id);
      }
    },

    async update(tenantId, spec, call = {}) {
      try {
        return await inWords(() => update(site, tenantId, spec, call), call.signal);
      } finally {
        supervisor.tend(tenantId);
      }
    },

    destroy: (tenantId) => inWords(() => destroy(site, tenantId)),
    getStatus: (tenantId, call) => inWords(() => getStatus(site, tenantId), call?.signal),

    async validate(spec, call) {
      const { warnings } = await inWords(() => checkProcessSpec(spec, site.defaults), call?.signal);
      return { warnings };
    },

    fingerprints: (spec) => digestsOf(spec, configOf(site, spec)),
    list: (call) => list(site, call?.signal),
    logs: (tenantId, query = {}) =>
      inWords(async () => readLogPage(site, await known(site, tenantId), query), query.signal),

    async start() {
      await inWords(async () => {
        await site.store.sweep();
        await supervisor.start();
      });
      orphansEnd = reportOrphans(site, closing.signal);
    },

    async close() {
      closing.abort();
      site.prober.close();
      await Promise.all([supervisor.close(), orphansEnd]);
    },
  };
}

async function destroy(site: ProviderContext, tenantId: string): Promise<void> {
  const graceMs = await site.store.locked(tenantId, () => condemn(site, tenantId));
  if (graceMs === undefined) return;
  const limitMs = graceMs + KILL_TAKES_MS;
  const isGoing = (record: TenantRecord | undefined) => record?.phase === 'destroying'; // else it is gone, or there anew
  const left = await drive(site, tenantId, { until: (record) => !isGoing(record), limitMs });
  if (isGoing(left)) throw new DestroyFailedError(unending(tenantId));
}

/**
 * Notes that a tenant is to go, so that it will even if this host dies. Answers how long its processes may take; undefined
 * where all is gone. Without a record that can be read, its processes are those that carry its marks.
 */
async function condemn(site: ProviderContext, tenantId: string): Promise<number | undefined> {
  const record = await site.store.read(tenantId).catch((error: unknown) => {
    if (!(error instanceof ProviderFailedError)) throw error;
  });
  if (!record) {
    if (!(await endTenant(site, tenantId, defaultGrace(site)))) throw new DestroyFailedError(unending(tenantId));
    if (!(await site.store.isForeign(tenantId))) await site.store.remove(tenantId);
    return undefined;
  }
  record.phase = 'destroying';
  await site.store.write(record);
  const specs = [record.spec, ...(record.rollout ? [record.rollout.spec] : [])];
  const graces = specs.map((spec) => configOf(site, spec).stop_grace_seconds * 1000);
  return Math.max(...graces, ...record.stopping.map(({ grace_ms }) => grace_ms));
}

function unending(tenantId: string): string {
  return `processes of ${tenantId} do not end even when killed`;
}

async function getStatus(site: ProviderContext, tenantId: string) {
  const record = await known(site, tenantId);
  const alive = new Set<string>();
  for (const run of runsOf(record)) if (await isAlive(run)) alive.add(run.run_id);
  return toStatus(record, site.name, alive);
}

async function* list(site: ProviderContext, signal: AbortSignal | undefined): AsyncGenerator<HeldTenant> {
  for (const tenant_id of await inWords(() => site.store.tenantIds(), signal)) {
    const record = await site.store.read(tenant_id).catch(() => null);
    if (record === null) yield { tenant_id };
    else if (record) yield { tenant_id, ...(record.phase === 'serving' && { spec_hash: record.spec_hash }) };
  }
}

async function known(site: ProviderContext, tenantId: string): Promise<TenantRecord> {
  const record = await site.store.read(tenantId);
  if (!record) throw new TenantNotFoundError(tenantId);
  return record;
}

function defaultGrace(site: ProviderContext): number {
  return ProcessConfig.parse(site.defaults).stop_grace_seconds * 1000;
}

async function reportOrphans(site: ProviderContext, closing: AbortSignal): Promise<void> {
  const fields = { component: 'process-provider', provider: site.name };
  try {
    if (!(await endOrphans(site, defaultGrace(site), closing)))
      site.logger.warn('processes without a record do not end', fields);
  } catch (error) {
    site.logger.error('search for processes without a record failed', { ...fields, error: messageOf(error) });
  }
}

/** Faults of the file system become errors of the contract: their own texts would name paths of this machine. */
async function inWords<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await run();
  } catch (error) {
    if (error instanceof ComputeError || signal?.aborted) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ProviderFailedError(`it could not work with its files or processes (${code})`, { cause: error });
  }
}
