import { MAX_PENDING } from '../../compute/spec/limits.ts';
import { excerpt } from './logs/log-lines.ts';
import { type Alive, toContainerStatus } from './mapping.ts';
import { configOf, type ProviderContext } from './provider-context.ts';
import type { TenantRecord } from './records/record.ts';
import { confidentialValues } from './secrets.ts';
import { timesOutAt } from './supervise/conclude.ts';

/** The most output that is quoted. */
const MAX_OUTPUT_BYTES = 900;

/** Returns what the version on its way waits for, and until when; nothing where none is. See `ComputeStatus`. */
export async function pendingOf(
  context: ProviderContext,
  record: TenantRecord,
  alive: Alive,
): Promise<Record<string, string>> {
  const version = record.phase === 'starting' ? record : record.phase === 'serving' ? record.rollout : undefined;
  if (!version) return {};
  const config = configOf(context, version.spec);
  const unready = version.instances.filter(({ ready }) => !ready);
  const hidden = await confidentialValues(version.spec, config, (env = {}) => Object.values(env));
  const states = unready.map((instance) => {
    const { name, state, message } = toContainerStatus(record, instance, alive, context.clock);
    return `${name} is ${state}${message && ` (${message})`}`;
  });
  const outputs = await Promise.all(
    unready.map(async (instance) => {
      const file = context.store.logFile(record.tenant_id, instance);
      const output = await excerpt(file, hidden, MAX_OUTPUT_BYTES / unready.length);
      return output && `last output of ${instance.container}:\n${output}`;
    }),
  );
  const message = [states.join('; '), ...outputs].filter(Boolean).join('\n');
  return {
    ...(message && { pending_message: message.slice(0, MAX_PENDING) }),
    pending_until: context.clock.toDate(timesOutAt(context, version, config)).toISOString(),
  };
}
