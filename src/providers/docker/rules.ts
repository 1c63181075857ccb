import { InvalidSpecError, type Issue, toPointer } from '../../compute/errors.ts';
import { registryIssues } from '../../compute/image-registries.ts';
import type { FrontDoor } from '../../compute/provider.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { unusedFieldWarnings } from '../../compute/spec/unused-fields.ts';
import { DockerConfig, OPERATOR_ONLY } from './config.ts';
import { MAX_HEALTHY_THRESHOLD } from './health-check.ts';
import { limitIssues } from './limits.ts';
import { mountIssues } from './mounts.ts';
import { resolveSecrets } from './secrets.ts';

const NO_DEVICES = 'tenants have no access to devices of the host';
const OWN_NETWORK = 'containers are connected to the network of their tenant only';

/** Docker settings that would let a tenant leave its containers, with the alternative or the reason. */
const refusedSettings: Record<string, string> = {
  privileged: 'a privileged container controls the host. List the needed capabilities in capabilities',
  devices: NO_DEVICES,
  device_requests: NO_DEVICES,
  network_mode: OWN_NETWORK,
  networks: OWN_NETWORK,
  pid_mode: 'a container sees only its own processes',
  ipc_mode: 'containers do not share memory',
  uts_mode: 'each container has its own host name',
  userns_mode: 'each container has its own users',
  cgroup_parent: 'the limits of a container come from resources',
  security_opt: 'the isolation of containers cannot be weakened',
  sysctls: 'kernel settings cannot be changed',
  volumes_from: 'folders of other containers cannot be mounted',
  binds: 'list folders of the host in mounts. The operator has to permit them in allowed_mounts',
  cap_add: 'list capabilities in capabilities',
};

/**
 * Checks a structurally valid specification against the provider's own rules, without side effects. Returns the effective
 * configuration and the warnings. Throws `InvalidSpecError` with every issue.
 */
export async function checkDockerSpec(
  spec: TenantComputeSpec,
  defaults: DockerConfig,
  frontDoor?: FrontDoor,
): Promise<{ config: DockerConfig; warnings: string[] }> {
  const { config, issues: configIssues } = readConfig(spec, defaults);
  const issues = [
    ...configIssues,
    ...registryIssues(spec.containers, defaults.allowed_registries),
    ...limitIssues(spec),
    ...samePortIssues(spec),
    ...targetIssues(spec, config),
    ...(await resolveSecrets(spec.secrets ?? [], defaults.secrets_directory)).issues,
  ];
  if (issues.length > 0) throw new InvalidSpecError(issues);
  return { config, warnings: [...warningsOf(spec, frontDoor), ...unusedFieldWarnings(spec)] };
}

function readConfig(spec: TenantComputeSpec, defaults: DockerConfig): { config: DockerConfig; issues: Issue[] } {
  const given = spec.provider_config ?? {};
  const refused = Object.keys(given).filter((key) => Object.hasOwn(refusedSettings, key));
  const issues = refused.map((key) => issueAt(`${key} is refused: ${refusedSettings[key]}`, key));
  const known = Object.fromEntries(Object.entries(given).filter(([key]) => !refused.includes(key)));
  try {
    const config = resolveProviderConfig({ provider_config: known }, DockerConfig, defaults);
    return { config, issues: [...issues, ...permissionIssues(spec, config, defaults)] };
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    return { config: defaults, issues: [...issues, ...error.issues] };
  }
}

/** Returns the issues of settings with which a tenant exceeds what the operator permits. */
function permissionIssues(spec: TenantComputeSpec, config: DockerConfig, defaults: DockerConfig): Issue[] {
  const given = spec.provider_config ?? {};
  const issues = OPERATOR_ONLY.filter((key) => key in given).map((key) =>
    issueAt(`${key} can only be set by the operator, in the defaults of this provider`, key),
  );
  const allowed = new Set([...defaults.capabilities, ...defaults.allowed_capabilities]);
  for (const [index, name] of config.capabilities.entries()) {
    const message = `capability ${name} is not in allowed_capabilities, which the operator sets`;
    if (!allowed.has(name)) issues.push(issueAt(message, 'capabilities', index));
  }
  if (defaults.read_only && !config.read_only)
    issues.push(issueAt('the operator has set read_only, so it cannot be unset', 'read_only'));
  if ('mounts' in given) issues.push(...mountIssues(config.mounts, defaults, spec.tenant_id));
  return issues;
}

function issueAt(message: string, ...path: (string | number)[]): Issue {
  return { pointer: toPointer(['provider_config', ...path]), message };
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
      return [{ pointer, message: `host_port ${host_port} is requested twice` }];
    }),
  );
}

/** The engine refuses two things at one path, with words about its own options. */
function targetIssues({ containers }: TenantComputeSpec, { mounts, tmpfs }: DockerConfig): Issue[] {
  const taken = new Set([...mounts.map(({ target }) => target), ...tmpfs]);
  return containers.flatMap(({ volumes = [] }, index) =>
    volumes.flatMap(({ path }, at) => {
      const pointer = toPointer(['containers', index, 'volumes', at, 'path']);
      return taken.has(path) ? [{ pointer, message: `${path} is also in mounts or tmpfs; choose another path` }] : [];
    }),
  );
}

/** Returns a warning for each field that has no effect. */
function warningsOf(
  { networking = {}, resources, containers }: TenantComputeSpec,
  frontDoor: FrontDoor | undefined,
): string[] {
  const warnings = Object.keys(networking)
    .filter((field) => field !== 'hostname')
    .map((field) => `networking.${field} has no effect: each tenant has its own network on the engine's host`);
  if (networking.hostname && !frontDoor) {
    warnings.push('networking.hostname has no effect: this host has no front door');
  }
  if (resources.storage || containers.some((container) => container.resources?.storage))
    warnings.push('resources.storage has no effect: the engine does not limit disk use');
  for (const { name, health_check } of containers) {
    if ((health_check?.healthy_threshold ?? 0) <= MAX_HEALTHY_THRESHOLD) continue;
    const limit = `counts as ${MAX_HEALTHY_THRESHOLD}: the engine keeps no more results`;
    warnings.push(`healthy_threshold of container ${name} ${limit}`);
  }
  return warnings;
}
