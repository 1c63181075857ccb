import type { ContainerSpec } from '../../compute/spec/spec.ts';
import type { AssignedPort } from './records/records.ts';
import { type Marks, marks } from './supervise/process-table.ts';

export interface EnvironmentInput {
  container: Pick<ContainerSpec, 'env'>;
  ports: readonly AssignedPort[];
  secrets: Readonly<Record<string, string>>;
  home: string;
  temporary: string;
  path: string;
  marks: Marks;
}

/**
 * The whole environment of a container; nothing of the host's own is in it. What the specification says goes over the
 * basics, and over it go the ports, because only the provider knows them, and the marks that processes are found by.
 */
export function environmentOf(input: EnvironmentInput): Record<string, string> {
  return {
    PATH: input.path,
    HOME: input.home,
    TMPDIR: input.temporary,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    ...input.container.env,
    ...input.secrets,
    ...portVariables(input.ports),
    ...markVariables(input.marks),
  };
}

/** `PORT` for the first port; `PORT_<container port>` and, for a port with a name, `PORT_<NAME>`, for each. */
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

function markVariables(values: Marks): Record<string, string> {
  return Object.fromEntries((Object.keys(marks) as (keyof Marks)[]).map((key) => [marks[key], values[key]]));
}
