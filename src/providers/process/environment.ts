import type { ContainerSpec, VolumeMount } from '../../compute/spec/spec.ts';
import type { AssignedPort } from './records/record.ts';
import { type Marks, marks } from './supervise/process-table.ts';

export interface EnvironmentInput {
  container: Pick<ContainerSpec, 'env'>;
  ports: readonly AssignedPort[];
  /** What `volumeVariables` returns. */
  volumes: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
  home: string;
  temporary: string;
  path: string;
  marks: Marks;
}

/**
 * Returns the whole environment of a container; it inherits nothing from the host. `env` and secrets override the basics.
 * Ports, volumes and marks override everything: only the provider knows the ports and folders, and the marks are how
 * processes are found.
 */
export function environmentOf(input: EnvironmentInput): Record<string, string> {
  const marked = (Object.keys(marks) as (keyof Marks)[]).flatMap((key) => {
    const value = input.marks[key];
    return value === undefined ? [] : [[marks[key], value]];
  });
  return {
    PATH: input.path,
    HOME: input.home,
    TMPDIR: input.temporary,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    ...input.container.env,
    ...input.secrets,
    ...portVariables(input.ports),
    ...input.volumes,
    ...Object.fromEntries(marked),
  };
}

/** Returns `PORT` for the first port, and for every port `PORT_<container port>` and, if it has a name, `PORT_<NAME>`. */
export function portVariables(ports: readonly AssignedPort[]): Record<string, string> {
  const variables: Record<string, string> = {};
  const [first] = ports;
  if (first) variables.PORT = String(first.host_port);
  for (const { container_port, host_port, name } of ports) {
    variables[`PORT_${container_port}`] ??= String(host_port);
    if (name) variables[`PORT_${name.toUpperCase().replaceAll('-', '_')}`] = String(host_port);
  }
  return variables;
}

/** Returns `VOLUME_<NAME>`, the folder of each volume that a container mounts. */
export function volumeVariables(
  mounts: readonly Pick<VolumeMount, 'name'>[],
  folderOf: (volume: string) => string,
): Record<string, string> {
  return Object.fromEntries(mounts.map(({ name }) => [volumeVariable(name), folderOf(name)]));
}

export function volumeVariable(volume: string): string {
  return `VOLUME_${volume.toUpperCase().replaceAll('-', '_')}`;
}
