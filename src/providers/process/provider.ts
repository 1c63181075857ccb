import { join, resolve } from 'node:path';
import {
  ComputeError,
  messageOf,
  ProviderFailedError,
  StorageFullError,
  TenantNotFoundError,
} from '../../compute/errors.ts';
import { type ExecProgram, execNotAllowed } from '../../compute/exec/exec.ts';
import { isForeign } from '../../compute/labels.ts';
import { silentLogger } from '../../compute/logger.ts';
import type { HeldTenant, Provider, ProviderCall, ProviderOptions } from '../../compute/provider.ts';
import { readDefaults } from '../../compute/provider-config.ts';
import { mountedVolumes, volumeStatuses } from '../../compute/volumes/volumes.ts';
import { ProcessConfig, shownDefaults } from './config.ts';
import { exec } from './exec/exec.ts';
import { endLeftovers } from './exec/leftovers.ts';
import { folderIdentity } from './folder-place.ts';
import { Glances } from './glances.ts';
import { readLogPage } from './logs/log-pages.ts';
import { isDiskFull } from './logs/log-writer.ts';
import { toStatus } from './mapping.ts';
import { pendingOf } from './pending.ts';
import { configOf, createContext, type ProviderContext } from './provider-context.ts';
import { openStepsOf, runsOf, type TenantRecord } from './records/record.ts';
import { RecordStore } from './records/record-store.ts';
import { VolumeStore } from './records/volume-store.ts';
import { destroy } from './rollout/destroy.ts';
import { fingerprintsOf } from './rollout/plan-instances.ts';
import { provision } from './rollout/provision.ts';
import { stop } from './rollout/stop.ts';
import { update } from './rollout/update.ts';
import { checkProcessSpec } from './rules.ts';
import { SECRET_SOURCE } from './secrets.ts';
import { endOrphans } from './supervise/orphans.ts';
import { lookUpAll } from './supervise/process-table.ts';
import { isAlive } from './supervise/spawn.ts';
import { Supervisor } from './supervise/supervisor.ts';

const DEFAULT_DATA_DIR = '.berth';

/**
 * Creates a provider that runs each container as a process of this machine. Processes outlive the host that started them:
 * the next host on the same data folder finds them by their records and in the process table (README.md tells how).
 * Until `start` is called, a tenant is supervised only while its provision or update is in progress.
 */
export function createProcessProvider({ name, defaults = {}, dataDir, logger, frontDoor }: ProviderOptions): Provider {
  const { exec: mayExec } = readDefaults(name, ProcessConfig, defaults); // throws if they are invalid
  const path = resolve(dataDir ?? DEFAULT_DATA_DIR);
  const folder = join(path, name);
  const context = createContext({
    name,
    defaults,
    store: new RecordStore(folder),
    volumes: new VolumeStore(folder),
    logger: logger ?? silentLogger,
    frontDoor,
  });
  const supervisor = new Supervisor(context);
  const glances = new Glances(context.store);
  const closing = new AbortController();
  const sessions = new Set<ExecProgram>();
  let orphanSearch = Promise.resolve();
  /** Continues to supervise the tenant after the call, which may return before its work is done. */
  async function supervised<T>(tenantId: string, run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await explained(run, signal);
    } finally {
      supervisor.superviseUntilSettled(tenantId);
    }
  }
  return {
    name,
    capabilities: {
      secret_sources: [SECRET_SOURCE],
      images: false,
      resource_limits: false,
      network_isolation: false,
      host_ports: true,
      logs: true,
      stop: true,
      start_order: true,
      volumes: true,
      exec: mayExec,
    },
    configSchema: ProcessConfig,
    configDefaults: shownDefaults(context.defaults),

    place: () => ({ identity: { BERTH_DATA_DIR: folderIdentity(folder, path) }, shown: { BERTH_DATA_DIR: path } }),
    provision: (spec, call = {}) => supervised(spec.tenant_id, () => provision(context, spec, call), call.signal),
    update: (tenantId, spec, call = {}) =>
      supervised(tenantId, () => update(context, tenantId, spec, call), call.signal),
    stop: (tenantId, call = {}) => supervised(tenantId, () => stop(context, tenantId, call), call.signal),
    destroy: (tenantId, call) => explained(() => destroy(context, tenantId, call)),
    getStatus: (tenantId, call) => explained(() => getStatus(context, tenantId, call), call?.signal),

    glance: (tenantIds, call = {}) => explained(() => glances.at(tenantIds, call.installation), call.signal),

    async validate(spec, call) {
      const { warnings } = await explained(() => checkProcessSpec(spec, context.defaults, frontDoor), call?.signal);
      return { warnings };
    },

    fingerprints: (spec) => fingerprintsOf(spec, configOf(context, spec)),
    list: (call) => list(context, call?.signal),
    logs: (tenantId, query = {}) =>
      explained(async () => readLogPage(context, await readRecord(context, tenantId, query), query), query.signal),

    async exec(tenantId, request) {
      if (!mayExec) throw execNotAllowed(name);
      const { signal } = request;
      const program = await explained(
        async () => exec(context, await readRecord(context, tenantId, request), request),
        signal,
      );
      sessions.add(program);
      void program.ended.then(() => sessions.delete(program));
      return program;
    },

    async start() {
      await explained(async () => {
        await context.store.prepare();
        await endLeftovers(context.store);
        await context.store.sweep();
        await supervisor.start();
      });
      orphanSearch = searchOrphans(context, closing.signal);
    },

    async close() {
      closing.abort();
      context.prober.close();
      for (const session of sessions) session.hangUp();
      await Promise.all([...sessions].map(({ ended }) => ended));
      await Promise.all([supervisor.close(), orphanSearch]);
      context.pipes.close();
    },
  };
}

async function getStatus(context: ProviderContext, tenantId: string, call: ProviderCall | undefined) {
  const record = await readRecord(context, tenantId, call);
  const runs = runsOf(record);
  const alive = new Set<string>();
  for (const run of runs) if (await isAlive(run)) alive.add(run.run_id);
  const processes = await lookUpAll(runs.flatMap(({ pid }) => pid ?? []));
  const paused = runs.filter(({ pid = 0, run_id }) => alive.has(run_id) && processes.get(pid)?.paused);
  const { toDate } = context.clock;
  const shown = { paused: new Set(paused.map(({ run_id }) => run_id)), toDate };
  const status = toStatus(record, context.name, alive, shown);
  const volumes = volumeStatuses(await context.volumes.marks(tenantId), mountedVolumes(record.spec));
  const metadata = { ...status.metadata, ...(await pendingOf(context, record, alive)) };
  return { ...status, ...(volumes && { volumes }), metadata };
}

async function* list({ store, volumes }: ProviderContext, signal: AbortSignal | undefined): AsyncGenerator<HeldTenant> {
  const tenantIds = await explained(() => store.tenantIds(), signal);
  const abandoned = (await explained(() => volumes.tenantIds(), signal)).filter((id) => !tenantIds.includes(id));
  for (const tenant_id of abandoned) yield { tenant_id };
  for (const tenant_id of tenantIds) {
    const record = await store.read(tenant_id).catch(() => null);
    if (record === null) yield { tenant_id };
    else if (!record) {
      if (await store.hasRemains(tenant_id)) yield { tenant_id, is_lost: true };
    } else {
      const isOpen = openStepsOf(record) !== undefined;
      const { phase, spec_hash, installation } = record;
      yield {
        tenant_id,
        ...(phase === 'serving' && { spec_hash }),
        ...(phase === 'stopped' && { is_stopped: true }),
        ...(isOpen && { has_open_steps: true }),
        ...(installation && { installation }),
      };
    }
  }
}

async function readRecord(
  { store }: ProviderContext,
  tenantId: string,
  { installation }: ProviderCall = {},
): Promise<TenantRecord> {
  const record = await store.read(tenantId);
  if (!record || isForeign(record.installation, installation)) throw new TenantNotFoundError(tenantId);
  return record;
}

async function searchOrphans(context: ProviderContext, closing: AbortSignal): Promise<void> {
  const { logger, name: provider } = context;
  const fields = { component: 'process-provider', provider };
  try {
    if (!(await endOrphans(context, closing))) logger.warn('processes without a record did not end', fields);
  } catch (error) {
    logger.error('search for processes without a record failed', { ...fields, error: messageOf(error) });
  }
}

/** Turns file system errors into a `ProviderFailedError`, because their own messages name paths of this machine. */
async function explained<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await run();
  } catch (error) {
    if (error instanceof ComputeError || signal?.aborted) throw error;
    if (isDiskFull(error)) throw new StorageFullError('the files of the tenant cannot be written', { cause: error });
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ProviderFailedError(`it could not work with its files or processes (${code})`, { cause: error });
  }
}
