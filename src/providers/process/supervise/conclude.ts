import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import type { ProcessConfig } from '../config.ts';
import { excerpt } from '../logs/log-lines.ts';
import { lastErrorOf } from '../mapping.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import type { Instance, TenantRecord } from '../records/record.ts';
import { isOnce, waitingText } from '../records/start-order.ts';
import { dropRollout, failTenant, promoteRollout } from '../records/transitions.ts';
import { confidentialValues } from '../secrets.ts';
import { log, type Pass, STEADY_MS } from './pass.ts';

/** The most output that a failure message quotes. With Berth's own words, messages stay below 2 KB. */
const MAX_OUTPUT_BYTES = 1200;

/**
 * Ends the start or the update in progress once its outcome is known: all instances are ready, one cannot start, or the
 * time is over. Returns 0 if it ended, else milliseconds until it times out.
 */
export async function conclude(pass: Pass): Promise<number> {
  const { context, record, now } = pass;
  const isStart = record.phase === 'starting';
  const version = isStart ? record : record.rollout;
  if (!version) return STEADY_MS;
  const config = configOf(context, version.spec);
  if (version.instances.every(({ ready }) => ready)) {
    if (isStart) {
      record.phase = 'serving';
      record.failure = undefined;
    } else promoteRollout(record, config, Date.now());
    log(pass, 'info', isStart ? 'tenant started' : 'update took effect');
    return 0;
  }
  const remaining = timesOutAt(context, version, config) - now;
  if (remaining > 0 && !version.instances.some(({ start_error }) => start_error)) return remaining;
  const message = await explainFailure(context, record, version, config);
  if (isStart) failTenant(record, config, message);
  else dropRollout(record, config, message);
  log(pass, 'error', isStart ? 'tenant failed to start' : 'update failed', { error: message });
  return 0;
}

/** Returns when a version that is not ready by then fails. A host that starts gives each version its whole time. */
export function timesOutAt(
  { createdAt }: ProviderContext,
  { begun_at }: { begun_at: number },
  { start_timeout_seconds }: ProcessConfig,
): number {
  return Math.max(begun_at, createdAt) + start_timeout_seconds * 1000;
}

/** Explains each container that is not ready: its last error, and the end of its output without confidential values. */
async function explainFailure(
  { store, pipes }: ProviderContext,
  record: TenantRecord,
  { spec, instances }: { spec: TenantComputeSpec; instances: readonly Instance[] },
  config: ProcessConfig,
): Promise<string> {
  const hidden = await confidentialValues(spec, config, (env = {}) => Object.values(env));
  const unready = instances.filter(({ ready }) => !ready);
  const begun = unready.filter((instance) => !waitingText(record, instance));
  const failed = begun.length > 0 ? begun : unready;
  await pipes.sync(record.tenant_id);
  const explanations = failed.map(async (instance) => {
    const reason = instance.start_error ?? timeoutReason(record, instance, config);
    const output = await excerpt(store.logFile(record.tenant_id, instance), hidden, MAX_OUTPUT_BYTES / failed.length);
    return `container ${instance.container} ${reason}${output && `; its last output:\n${output}`}`;
  });
  return (await Promise.all(explanations)).join('\n');
}

function timeoutReason(record: TenantRecord, instance: Instance, { start_timeout_seconds }: ProcessConfig): string {
  if (isOnce(record, instance)) return `runs once, and did not end within ${start_timeout_seconds} seconds`;
  const restarts = instance.restart_count > 0 && `restarts: ${instance.restart_count}`;
  return [`was not ready within ${start_timeout_seconds} seconds`, lastErrorOf(instance), restarts]
    .filter(Boolean)
    .join('; ');
}
