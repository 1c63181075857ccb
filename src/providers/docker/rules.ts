import { InvalidSpecError, type Issue, toPointer } from '../../compute/errors.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import { registryIssues } from '../../compute/image-registries.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { unusedFieldWarnings } from '../../compute/spec/unused-fields.ts';
import { DockerConfig, OPERATOR_ONLY } from './config.ts';
import { mountIssues } from './engine/mounts.ts';
import { MAX_HEALTHY_THRESHOLD } from './health-check.ts';
import { limitIssues } from './limits.ts';
import { resolveSecrets } from './secrets.ts';

/** What people know from Docker and would let a tenant out of its own containers, with what there is instead. */
const REFUSED: Record<string, string> = {
  privileged: 'a privileged container commands the machine; name the capabilities it needs in capabilities',
  devices: 'devices of the machine are not given to tenants',
  device_requests: 'devices of the machine are not given to tenants',
  network_mode: 'the containers of a tenant are on its own network and on no other',
  networks: 'the containers of a tenant are on its own network and on no other',
  pid_mode: 'containers see their own processes only',
  ipc_mode: 'containers have memory to share with no one else',
  uts_mode: 'containers have a host name of their own',
  userns_mode: 'containers have users of their own',
  cgroup_parent: 'the limits of a container are those of its resources',
  security_opt: 'the confinement of containers cannot be loosened',
  sysctls: 'settings of the kernel cannot be changed',
  volumes_from: 'the folders of other containers cannot be mounted',
  binds: 'folders of the machine go into mounts, and have to be on the operator’s allow-list',
  cap_add: 'capabilities go into the setting capabilities',
};

/** The provider's own rules over a valid specification. Changes nothing. Throws `InvalidSpecError` with every issue. */
export async function checkDockerSpec(
  spec: TenantComputeSpec,
  defaults: DockerConfig,
): Promise<{ config: DockerConfig; warnings: string[] }> {
  const { config, issues: configIssues } = readConfig(spec, defaults);
  const issues = [
    ...configIssues,
    ...registryIssues(spec.containers, defaults.allowed_registries),
    ...limitIssues(spec),
    ...samePortIssues(spec),
    ...(await resolveSecrets(spec.secrets ?? [], defaults.secrets_directory)).issues,
  ];
  if (issues.length > 0) throw new InvalidSpecError(issues);
  return { config, warnings: [...warningsOf(spec), ...unusedFieldWarnings(spec)] };
}

function readConfig(spec: TenantComputeSpec, defaults: DockerConfig): { config: DockerConfig; issues: Issue[] } {
  const given = spec.provider_config ?? {};
  const refused = Object.keys(given).filter((key) => Object.hasOwn(REFUSED, key));
  const issues = refused.map((key) => ({ pointer: at(key), message: `${key} is refused: ${REFUSED[key]}` }));
  const known = Object.fromEntries(Object.entries(given).filter(([key]) => !refused.includes(key)));
  try {
    const config = resolveProviderConfig({ provider_config: known }, DockerConfig, defaults);
    return { config, issues: [...issues, ...boundaryIssues(spec, config, defaults)] };
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    return { config: defaults, issues: [...issues, ...error.issues] };
  }
}

/** Where a tenant asks for more than the operator lets it have. */
function boundaryIssues(spec: TenantComputeSpec, config: DockerConfig, defaults: DockerConfig): Issue[] {
  const given = spec.provider_config ?? {};
  const operatorOnly = OPERATOR_ONLY.filter((key) => key in given).map((key) => ({
    pointer: at(key),
    message: `${key} can only be set by the operator, in the defaults of this provider`,
  }));
  const allowed = new Set([...defaults.capabilities, ...defaults.allowed_capabilities]);
  const capabilities = config.capabilities.flatMap((name, index) =>
    allowed.has(name)
      ? []
      : [
          {
            pointer: at('capabilities', index),
            message: `capability ${name} is not one that the operator allows (allowed_capabilities)`,
          },
        ],
  );
  const writable =
    defaults.read_only && !config.read_only
      ? [{ pointer: at('read_only'), message: 'read_only is set by the operator and cannot be unset' }]
      : [];
  const mounts = 'mounts' in given ? mountIssues(config.mounts, defaults, spec.tenant_id) : [];
  return [...operatorOnly, ...capabilities, ...writable, ...mounts];
}

function at(...path: (string | number)[]): string {
  return toPointer(['provider_config', ...path]);
}

function samePortIssues({ containers }: TenantComputeSpec): Issue[] {
  const seen = new Set<string>();
  return containers.flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ host_port, protocol }, position) => {
      const key = `${protocol}/${host_port}`;
      const isFirst = !host_port || !seen.has(key);
      seen.add(key);
      if (isFirst) return [];
      const pointer = toPointer(['containers', index, 'ports', position, 'host_port']);
      return [{ pointer, message: `host_port ${host_port} is asked for twice` }];
    }),
  );
}

function warningsOf({ networking = {}, resources, containers }: TenantComputeSpec): string[] {
  const ignored = Object.keys(networking).map(
    (field) =>
      `networking.${field} has no effect: containers are on a network of the tenant's own on the engine's machine`,
  );
  const storage = [resources, ...containers.map((container) => container.resources)].some((own) => own?.storage);
  const impatient = containers.filter(
    ({ health_check }) => (health_check?.healthy_threshold ?? 0) > MAX_HEALTHY_THRESHOLD,
  );
  return [
    ...ignored,
    ...(storage ? ['resources.storage has no effect: the engine does not limit what containers write'] : []),
    ...impatient.map(
      ({ name }) =>
        `healthy_threshold of container ${name} counts as ${MAX_HEALTHY_THRESHOLD}: the engine remembers no more checks`,
    ),
  ];
}
