import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { defaultPath, type ProcessConfig } from '../config.ts';
import { environmentOf } from '../environment.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Instance } from '../records/records.ts';
import { resolveSecrets } from '../secrets.ts';
import { launch } from './spawn.ts';

type Environment = Record<string, string>;

/** A container with what it is run by. */
export interface Placement {
  tenant_id: string;
  instance: Instance;
  spec: TenantComputeSpec;
  config: ProcessConfig;
}

/** Starts the process of a container under a run id that is on disk already. */
export async function startContainer(
  site: ProviderContext,
  placement: Placement,
  runId: string,
): Promise<{ pid: number; start_time: string } | { error: string }> {
  const { env, cwd, problems } = await assemble(site, placement, runId);
  if (problems.length > 0) return { error: `could not be started: ${problems.join('; ')}` };
  const { tenant_id, instance } = placement;
  const container = containerOf(placement);
  return launch({
    runId,
    argv: [...(container?.command ?? []), ...(container?.args ?? [])],
    env,
    cwd,
    logFile: site.store.logFile(tenant_id, instance),
    onExit: () => site.news.emit('tenant', tenant_id),
  });
}

/** What the exec checks of a container run in: the same as its process. */
export async function surroundingsOf(
  site: ProviderContext,
  placement: Placement,
): Promise<{ env: Environment; cwd: string }> {
  const { env, cwd } = await assemble(site, placement, placement.instance.run?.run_id ?? '');
  return { env, cwd };
}

/** Secrets are read anew each time: nobody but the processes keeps their values. */
async function assemble(
  site: ProviderContext,
  placement: Placement,
  run: string,
): Promise<{ env: Environment; cwd: string; problems: string[] }> {
  const { tenant_id: tenant, instance, spec, config } = placement;
  const { home, temporary } = await site.store.foldersOf(tenant, instance.container);
  const { values, issues } = await resolveSecrets(spec.secrets ?? [], config.secrets_directory);
  const cwd = config.working_directory ?? home;
  const env = environmentOf({
    container: containerOf(placement) ?? {},
    ports: instance.ports,
    secrets: values,
    home: cwd,
    temporary,
    path: config.path ?? defaultPath(),
    marks: { owner: await site.store.owner(), provider: site.name, tenant, container: instance.container, run },
  });
  return { env, cwd, problems: issues.map(({ message }) => message) };
}

function containerOf({ instance, spec }: Placement) {
  return spec.containers.find(({ name }) => name === instance.container);
}
