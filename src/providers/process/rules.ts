import { stat } from 'node:fs/promises';
import { InvalidSpecError, type Issue, toPointer } from '../../compute/errors.ts';
import type { FrontDoor } from '../../compute/provider.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';
import { unusedFieldWarnings } from '../../compute/spec/unused-fields.ts';
import { OPERATOR_ONLY, ProcessConfig } from './config.ts';
import { portVariables, volumeVariable, volumeVariables } from './environment.ts';
import { portKey, portsOf, probedPort } from './ports.ts';
import { resolveSecrets } from './secrets.ts';

const RESERVED = /^BERTH_/;

/**
 * Checks the provider's own rules over a valid specification, without side effects. Returns its configuration, and a
 * warning for each field that is ignored or overridden. Throws `InvalidSpecError` with every issue.
 */
export async function checkProcessSpec(
  spec: TenantComputeSpec,
  defaults: Readonly<Record<string, unknown>>,
  frontDoor?: FrontDoor,
): Promise<{ config: ProcessConfig; warnings: string[] }> {
  const config = resolveProviderConfig(spec, ProcessConfig, defaults);
  const issues = [
    ...operatorOnlyIssues(spec),
    ...(await folderIssues(config)),
    ...spec.containers.flatMap(commandIssues),
    ...spec.containers.flatMap(healthCheckIssues),
    ...reservedNameIssues(spec),
    ...samePortIssues(spec),
    ...(await resolveSecrets(spec.secrets ?? [], config.secrets_directory)).issues,
  ];
  if (issues.length > 0) throw new InvalidSpecError(issues);
  return {
    config,
    warnings: [
      ...ignoredFieldWarnings(spec, frontDoor),
      ...volumeWarnings(spec),
      ...unusedFieldWarnings(spec),
      ...overrideWarnings(spec),
    ],
  };
}

function operatorOnlyIssues({ provider_config = {} }: TenantComputeSpec): Issue[] {
  return OPERATOR_ONLY.filter((key) => key in provider_config).map((key) => ({
    pointer: toPointer(['provider_config', key]),
    message: `${key} can only be set by the operator, in the defaults of this provider`,
  }));
}

async function folderIssues({ working_directory: folder }: ProcessConfig): Promise<Issue[]> {
  if (folder === undefined) return [];
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return [];
  return [{ pointer: '/provider_config/working_directory', message: 'working_directory must be an existing folder' }];
}

function commandIssues({ name, command, args = [] }: ContainerSpec, index: number): Issue[] {
  if (command?.[0]) return [];
  // A Compose `command` is imported as args, because it overrides the arguments of an image and not its program.
  const advice =
    args.length > 0
      ? '; its args are for a program that the image names, so name it here (in Compose: entrypoint)'
      : '';
  const message = `container ${name} needs a command: this provider runs processes of this machine, not images${advice}`;
  return [{ pointer: toPointer(['containers', index, 'command']), message }];
}

function healthCheckIssues(container: ContainerSpec, index: number): Issue[] {
  const { health_check: check } = container;
  if (!check || check.type === 'exec' || probedPort(check, portsOf(container)) !== undefined) return [];
  const message = `the health check of container ${container.name} needs a tcp port`;
  return [{ pointer: toPointer(['containers', index, 'health_check', 'port']), message }];
}

function reservedNameIssues({ containers, secrets = [] }: TenantComputeSpec): Issue[] {
  const message = 'names beginning with BERTH_ are reserved for Berth';
  const inEnv = containers.flatMap(({ env = {} }, index) =>
    Object.keys(env)
      .filter((name) => RESERVED.test(name))
      .map((name) => ({ pointer: toPointer(['containers', index, 'env', name]), message })),
  );
  const inSecrets = secrets.flatMap(({ env_var }, index) =>
    RESERVED.test(env_var) ? [{ pointer: toPointer(['secrets', index, 'env_var']), message }] : [],
  );
  return [...inEnv, ...inSecrets];
}

function samePortIssues({ containers }: TenantComputeSpec): Issue[] {
  const seen = new Set<string>();
  return containers.flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ host_port, protocol }, position) => {
      if (!host_port) return [];
      const key = portKey({ host_port, protocol });
      const isRepeated = seen.has(key);
      seen.add(key);
      if (!isRepeated) return [];
      const pointer = toPointer(['containers', index, 'ports', position, 'host_port']);
      return [{ pointer, message: `host_port ${host_port} is requested twice` }];
    }),
  );
}

/** `image` and the tenant's `cpu` and `memory` are required fields: the capabilities say that they are ignored. */
function ignoredFieldWarnings(
  { networking = {}, resources, containers }: TenantComputeSpec,
  frontDoor: FrontDoor | undefined,
): string[] {
  const asksForStorage = [resources, ...containers.map((container) => container.resources)].some((one) => one?.storage);
  const unlimited = 'have no effect: this provider does not limit processes';
  return [
    ...Object.keys(networking)
      .filter((field) => field !== 'hostname')
      .map((field) => `networking.${field} has no effect: processes share the network of this machine`),
    ...(networking.hostname && !frontDoor ? ['networking.hostname has no effect: this host has no front door'] : []),
    ...(asksForStorage ? ['resources.storage has no effect: this provider does not limit what processes write'] : []),
    ...containers.flatMap(({ name, resources: own }) => (own ? [`resources of container ${name} ${unlimited}`] : [])),
  ];
}

/** A process sees the files of this machine, so a volume is a folder with a path of its own, told in a variable. */
function volumeWarnings({ containers }: TenantComputeSpec): string[] {
  return containers.flatMap(({ name, volumes = [] }) => [
    ...volumes.map(
      ({ name: volume, path }) =>
        `volumes.path ${path} of container ${name} has no effect: its folder is in ${volumeVariable(volume)}`,
    ),
    ...(volumes.some(({ read_only }) => read_only)
      ? [`volumes.read_only of container ${name} has no effect: processes of one user can write each other's files`]
      : []),
  ]);
}

function overrideWarnings({ containers, secrets = [] }: TenantComputeSpec): string[] {
  return containers.flatMap((container) => {
    const given = { ...portVariables(portsOf(container)), ...volumeVariables(container.volumes ?? [], () => '') };
    const names = [...Object.keys(container.env ?? {}), ...secrets.map(({ env_var }) => env_var)];
    return names
      .filter((name) => name in given)
      .map((name) => `${name} of container ${container.name} is overridden by what this machine assigns`);
  });
}
