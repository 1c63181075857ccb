import { randomUUID } from 'node:crypto';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import type { ProcessConfig } from '../config.ts';
import { rotateLog } from '../logs/log-file.ts';
import { portKey } from '../ports.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import { type Instance, instancesOf, runsOf, type TenantRecord } from '../records/records.ts';
import { dropRollout, failTenant, isDisplaced, promote, retire } from '../rollout/rollout.ts';
import { startContainer, surroundingsOf } from './container.ts';
import { explainFailure } from './failure.ts';
import { isAlive, takeExit } from './spawn.ts';
import { mayYetAppear, stopStep, TableSnapshot } from './stop.ts';

/** While processes end or begin. */
const SOON_MS = 40;
/** While nothing is going on. The end of a process that is not a child of this host is noticed so late at most. */
const STEADY_MS = 1000;

export interface SupervisionResult {
  /** The record after the look; undefined where there is no such tenant, or no more. */
  record: TenantRecord | undefined;
  /** Milliseconds after which the next look is worth while. */
  nextIn: number;
}

interface Look {
  site: ProviderContext;
  record: TenantRecord;
  now: number;
  table: TableSnapshot;
}

/** An instance with what it is run by: its own version's specification. */
interface Placed {
  instance: Instance;
  spec: TenantComputeSpec;
  config: ProcessConfig;
}

/**
 * One look at a tenant: compares what its record wants with what the process table has, does whatever is due, waits for
 * nothing, and notes the result. All ways lead here, whether first start, crash, update, destroy or the return of a host
 * that was killed, so there is no other code for recovery. Safe to call at any time, by anyone, any number of times.
 */
export async function reconcile(site: ProviderContext, tenantId: string): Promise<SupervisionResult> {
  return site.store.locked(tenantId, async () => {
    const record = await site.store.read(tenantId);
    if (!record) return gone(site, tenantId);
    const before = JSON.stringify(record);
    const look: Look = { site, record, now: Date.now(), table: new TableSnapshot() };
    const nextIn = await advance(look);
    if (record.phase === 'destroying' && record.stopping.length === 0) {
      await site.store.remove(tenantId);
      return gone(site, tenantId);
    }
    if (JSON.stringify(record) !== before) await site.store.write(record);
    site.prober.keepOnly(tenantId, runsOf(record));
    return { record, nextIn };
  });
}

function gone(site: ProviderContext, tenantId: string): SupervisionResult {
  site.prober.keepOnly(tenantId, []);
  return { record: undefined, nextIn: Number.POSITIVE_INFINITY };
}

async function advance(look: Look): Promise<number> {
  const { record } = look;
  const { store } = look.site;
  const { tenant_id } = record;
  for (const placed of placedInstances(look)) await observe(look, placed);
  for (const placed of placedInstances(look)) {
    const unwanted = record.phase === 'failed' || record.phase === 'destroying' || isDisplaced(record, placed.instance);
    if (unwanted) retire(record, placed.instance, placed.config);
  }
  const hasStopped = await stopWhatGoes(look);
  const resting = record.stopping.length > 0 ? SOON_MS : STEADY_MS;
  if (record.phase === 'failed' || record.phase === 'destroying') return resting;
  await Promise.all(instancesOf(record).map(({ id }) => rotateLog(store.logFile(tenant_id, { id }))));
  const checks = placedInstances(look).map((placed) => judge(look, placed));
  const decision = await decide(look);
  const starts = await startWhatIsDue(look);
  if (hasStopped || decision === 0) {
    const ids = [...instancesOf(record).map(({ id }) => id), ...record.stopping.map((entry) => entry.instance_id)];
    await store.pruneLogs(tenant_id, ids);
  }
  if (decision === 0 || starts === 0) return 0;
  return Math.max(5, Math.min(resting, decision, starts, ...checks));
}

function placedInstances({ site, record }: Look): Placed[] {
  const place = (spec: TenantComputeSpec, instances: readonly Instance[]) => {
    const config = configOf(site, spec);
    return instances.map((instance) => ({ instance, spec, config }));
  };
  const { rollout } = record;
  return [...place(record.spec, record.instances), ...(rollout ? place(rollout.spec, rollout.instances) : [])];
}

/** Finds a process that nobody noted the pid of, and sees whether the process is there still. */
async function observe(look: Look, { instance, config }: Placed): Promise<void> {
  const { run } = instance;
  if (!run) return;
  if (run.pid === undefined) {
    const leaders = (await look.table.read()).filter(
      (entry) => entry.run === run.run_id && entry.session === entry.pid,
    );
    const [leader] = leaders.filter((entry) => !entry.zombie);
    if (leader) {
      run.pid = leader.pid;
      run.start_time = leader.start_time;
      log(look, 'info', 'container found again', { container: instance.container });
    } else if (mayYetAppear(run, look.now)) return;
  }
  if (await isAlive(run)) return;
  if (run.pid === undefined) {
    retire(look.record, instance, config); // it never came to be: that is no crash
    return;
  }
  const base = config.restart_delay_seconds * 1000;
  const longest = Math.max(base, config.max_restart_delay_seconds * 1000);
  const ranLong = look.now - run.spawned_at >= longest;
  const { restart_delay_ms: last } = instance;
  instance.restart_delay_ms = ranLong || last === undefined ? base : Math.min(last * 2, longest);
  instance.next_start_at = look.now + instance.restart_delay_ms;
  instance.last_exit = takeExit(run);
  retire(look.record, instance, config); // what the process left behind must not be in the way of the next one
  const { container, last_exit: exit, restart_delay_ms: restart_in_ms } = instance;
  log(look, 'warn', 'container ended', { container, exit, restart_in_ms });
}

/** Answers whether something that was to go is gone. */
async function stopWhatGoes({ record, table, now }: Look): Promise<boolean> {
  const gone = await Promise.all(record.stopping.map((entry) => stopStep(entry, table, now)));
  for (const [index, entry] of record.stopping.entries()) if (gone[index]) takeExit(entry.run);
  record.stopping = record.stopping.filter((_, index) => !gone[index]);
  return gone.includes(true);
}

/** Notes whether a running instance is ready. Answers when to look again. */
function judge(look: Look, placed: Placed): number {
  const { instance, spec, config } = placed;
  const { run } = instance;
  if (run?.pid === undefined) return SOON_MS;
  const container = spec.containers.find(({ name }) => name === instance.container);
  const check = container?.health_check;
  if (!check) {
    const remaining = run.spawned_at + config.settle_seconds * 1000 - look.now;
    if (remaining > 0) return remaining;
    markReady(look, instance);
    return STEADY_MS;
  }
  const { tenant_id } = look.record;
  const surroundings = () => surroundingsOf(look.site, { tenant_id, instance, spec, config });
  const options = { startupIntervalMs: config.startup_probe_interval_ms, wasHealthy: run.was_ready };
  const verdict = look.site.prober.verdict(tenant_id, run, { check, ports: instance.ports, surroundings }, options);
  if (verdict.healthy) markReady(look, instance);
  else if (verdict.healthy === false && instance.ready) {
    instance.ready = false;
    log(look, 'warn', 'container unhealthy', { container: instance.container, error: verdict.error });
  }
  if (!instance.ready) instance.health_error = verdict.error;
  return verdict.nextIn || STEADY_MS;
}

function markReady(look: Look, instance: Instance): void {
  if (instance.ready || !instance.run) return;
  instance.ready = instance.was_ready = instance.run.was_ready = true;
  instance.health_error = undefined;
  log(look, 'info', 'container ready', { container: instance.container });
}

/** Ends the start or the update under way, one way or the other, once that can be told. Answers 0, or when it is late. */
async function decide(look: Look): Promise<number> {
  const { site, record, now } = look;
  const coming = record.phase === 'starting' ? record : record.rollout;
  if (!coming) return STEADY_MS;
  const config = configOf(site, coming.spec);
  if (coming.instances.every(({ ready }) => ready)) {
    if (coming === record) {
      record.phase = 'serving';
      record.failure = undefined;
    } else promote(record, config, now);
    log(look, 'info', coming === record ? 'tenant came up' : 'update took effect');
    return 0;
  }
  const remaining = Math.max(coming.begun_at, site.since) + config.start_timeout_seconds * 1000 - now;
  if (remaining > 0 && !coming.instances.some(({ start_error }) => start_error)) return remaining;
  const message = await explainFailure(site, record.tenant_id, coming, config);
  if (coming === record) failTenant(record, config, message);
  else dropRollout(record, config, message);
  log(look, 'error', coming === record ? 'tenant failed' : 'update given up', { error: message });
  return 0;
}

/** Starts what has no process, is due, and finds its ports free. Answers when to look for the next. */
async function startWhatIsDue(look: Look): Promise<number> {
  const { record, now, site } = look;
  if (record.phase === 'failed') return STEADY_MS;
  const waiting = placedInstances(look).filter(({ instance }) => !instance.run && !isDisplaced(record, instance));
  const inUse = [...record.stopping, ...instancesOf(record).filter(({ run }) => run)];
  const busy = new Set(inUse.flatMap(({ ports }) => ports.map(portKey)));
  const endingIds = new Set(record.stopping.map(({ instance_id }) => instance_id));
  const isFree = ({ id, ports }: Instance) => !endingIds.has(id) && !ports.some((port) => busy.has(portKey(port)));
  const due = waiting.filter(({ instance }) => (instance.next_start_at ?? 0) <= now && isFree(instance));
  if (due.length > 0) {
    for (const { instance } of due) prepareRun(instance, now);
    await site.store.write(record); // the run ids first: a host that dies now finds by them what it started
    await Promise.all(due.map((placed) => start(look, placed)));
  }
  const delays = waiting.map(({ instance }) => Math.max(0, (instance.next_start_at ?? now + SOON_MS) - now));
  return due.length > 0 ? 0 : Math.min(STEADY_MS, ...delays);
}

function prepareRun(instance: Instance, now: number): void {
  if (instance.next_start_at !== undefined) instance.restart_count += 1;
  instance.next_start_at = undefined;
  instance.start_error = instance.health_error = undefined;
  instance.run = { run_id: randomUUID(), spawned_at: now, was_ready: false };
}

async function start(look: Look, { instance, spec, config }: Placed): Promise<void> {
  const { site, record, now } = look;
  if (!instance.run) return;
  const started = await startContainer(
    site,
    { tenant_id: record.tenant_id, instance, spec, config },
    instance.run.run_id,
  );
  const { container } = instance;
  if ('error' in started) {
    instance.run = undefined;
    instance.start_error = started.error;
    instance.restart_delay_ms = config.max_restart_delay_seconds * 1000;
    instance.next_start_at = now + instance.restart_delay_ms;
    log(look, 'error', 'container could not be started', { container, error: started.error });
    return;
  }
  Object.assign(instance.run, started);
  log(look, 'info', 'container started', { container, pid: started.pid, restart_count: instance.restart_count });
}

function log({ site, record }: Look, level: 'info' | 'warn' | 'error', message: string, fields: object = {}): void {
  site.logger[level](message, {
    component: 'process-provider',
    tenant_id: record.tenant_id,
    provider: site.name,
    ...fields,
  });
}
