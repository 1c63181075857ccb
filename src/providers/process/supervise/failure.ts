import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import type { ProcessConfig } from '../config.ts';
import { excerpt } from '../logs/logs.ts';
import { troubleOf } from '../mapping.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Instance } from '../records/records.ts';
import { resolveSecrets } from '../secrets.ts';

/** Of output in a message; with what Berth says itself, messages stay below 2 KB. */
const MAX_OUTPUT_BYTES = 1200;

/** Why a version did not come up: what went wrong with each container that is not ready, and the last that it wrote. */
export async function explainFailure(
  site: ProviderContext,
  tenantId: string,
  { spec, instances }: { spec: TenantComputeSpec; instances: readonly Instance[] },
  config: ProcessConfig,
): Promise<string> {
  const hidden = await hiddenValues(spec, config);
  const failed = instances.filter(({ ready }) => !ready);
  const troubles = failed.map(async (instance) => {
    const what = instance.start_error ?? lateness(instance, config);
    const output = await excerpt(site.store.logFile(tenantId, instance), hidden, MAX_OUTPUT_BYTES / failed.length);
    return `container ${instance.container} ${what}${output && `; its last output:\n${output}`}`;
  });
  return (await Promise.all(troubles)).join('\n');
}

function lateness(instance: Instance, config: ProcessConfig): string {
  const late = `was not ready within ${config.start_timeout_seconds} seconds`;
  const restarts = instance.restart_count > 0 && `restarts: ${instance.restart_count}`;
  return [late, troubleOf(instance), restarts].filter(Boolean).join('; ');
}

/** Values that containers know and may well print, but that no message may repeat. */
async function hiddenValues(spec: TenantComputeSpec, config: ProcessConfig): Promise<string[]> {
  const { values } = await resolveSecrets(spec.secrets ?? [], config.secrets_directory);
  return [...spec.containers.flatMap(({ env = {} }) => Object.values(env)), ...Object.values(values)];
}
