import { defaultPath } from '../config.ts';
import { environmentOf, volumeVariables } from '../environment.ts';
import type { ProviderContext } from '../provider-context.ts';
import { resolveSecrets } from '../secrets.ts';
import type { VersionedInstance } from './pass.ts';

/** The command, environment and folder of a container's process. `problems` are secrets that could not be read. */
export interface Execution {
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  problems: string[];
}

/** Prepares the execution of an instance's current run. It reads secrets anew each time: only the processes keep them. */
export async function executionOf(
  { name, store, volumes }: ProviderContext,
  { instance, spec, config, origin }: VersionedInstance,
): Promise<Execution> {
  const { tenant_id: tenant, secrets = [], containers } = spec;
  const container = containers.find((candidate) => candidate.name === instance.container);
  const { home, temporary } = await store.foldersOf(tenant, instance.container);
  const { values, issues } = await resolveSecrets(secrets, config.secrets_directory);
  const cwd = config.working_directory ?? home;
  const run = instance.run?.run_id ?? '';
  const env = environmentOf({
    container: container ?? {},
    ports: instance.ports,
    volumes: volumeVariables(container?.volumes ?? [], (volume) => volumes.folder(tenant, volume)),
    secrets: values,
    home: cwd,
    temporary,
    path: config.path ?? defaultPath(),
    marks: { owner: await store.owner(), provider: name, tenant, container: instance.container, run, ...origin },
  });
  const argv = [...(container?.command ?? []), ...(container?.args ?? [])];
  return { argv, env, cwd, problems: issues.map(({ message }) => message) };
}
