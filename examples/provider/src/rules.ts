import {
  InvalidSpecError,
  type Issue,
  registryIssues,
  resolveProviderConfig,
  type TenantComputeSpec,
  toPointer,
  unusedFieldWarnings,
  volumeIssues,
} from 'berth/provider';
import { NomadConfig, OPERATOR_ONLY } from './config.ts';

/** Returns the settings for a specification. Throws `InvalidSpecError` with every issue. */
export function settingsFor(spec: TenantComputeSpec, config: NomadConfig): NomadConfig {
  const issues = [...issuesOf(spec, config), ...volumeIssues(spec, 'this provider keeps no volumes')];
  if (issues.length > 0) throw new InvalidSpecError(issues);
  return resolveProviderConfig(spec, NomadConfig, config);
}

function issuesOf(spec: TenantComputeSpec, { allowed_registries }: NomadConfig): Issue[] {
  const { containers, secrets = [], provider_config = {} } = spec;
  const issue = (path: (string | number)[], message: string) => ({ pointer: toPointer(path), message });
  const execs = containers.flatMap(({ health_check }, index) =>
    health_check?.type === 'exec'
      ? [issue(['containers', index, 'health_check', 'type'], 'services of Nomad have http and tcp checks only')]
      : [],
  );
  return [
    ...execs,
    ...containers.flatMap(interpolationIssues),
    ...registryIssues(containers, allowed_registries),
    ...secrets.map((_, index) => issue(['secrets', index, 'source'], 'this provider resolves no secrets')),
    ...Object.keys(provider_config)
      .filter((key) => OPERATOR_ONLY.includes(key))
      .map((key) => issue(['provider_config', key], `${key} is a setting of the operator`)),
  ];
}

/** Nomad replaces `${NAME}` in these fields (docs/reference/runtime-variable-interpolation), and nothing escapes it. */
function interpolationIssues(container: TenantComputeSpec['containers'][number], index: number): Issue[] {
  return (['env', 'command', 'args'] as const).flatMap((field) =>
    Object.entries(container[field] ?? {})
      .filter(([, value]) => /\$\{[\w.-]+\}/.test(value))
      .map(([key]) => ({
        pointer: toPointer(['containers', index, field, key]),
        message: `${field} must have no name in \${}: Nomad would replace it`,
      })),
  );
}

/** Returns a warning for each field without effect. */
export function toWarnings(spec: TenantComputeSpec): string[] {
  const { networking = {}, resources, containers } = spec;
  return [
    ...Object.keys(networking).map(
      (field) => `networking.${field} has no effect: Nomad chooses node, network and port`,
    ),
    ...(resources.storage ? ['resources.storage has no effect: Nomad does not limit disks'] : []),
    ...containers.flatMap(({ name, resources: own, ports = [] }) => [
      ...(own?.storage ? [`resources.storage of container ${name} has no effect: Nomad does not limit disks`] : []),
      ...(ports.some(({ host_port }) => host_port)
        ? [`host_port of container ${name} has no effect: two versions could not run beside each other`]
        : []),
    ]),
    ...unusedFieldWarnings(spec),
  ];
}
