import { InvalidSpecError, type Issue } from '../../compute/errors.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { unusedFieldWarnings } from '../../compute/spec/unused-fields.ts';
import { capabilities, MemoryConfig } from './config.ts';

/**
 * Checks the provider's own rules over a valid specification. Returns its settings. Throws `InvalidSpecError` with every
 * issue.
 */
export function checkMemorySpec(spec: TenantComputeSpec, defaults: Readonly<Record<string, unknown>>): MemoryConfig {
  const issues = [...operatorOnlyIssues(spec), ...secretIssues(spec)];
  try {
    const config = resolveProviderConfig(spec, MemoryConfig, defaults);
    if (issues.length === 0) return config;
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    issues.push(...error.issues);
  }
  throw new InvalidSpecError(issues);
}

/** Settings that affect more than one tenant are refused in a specification. */
function operatorOnlyIssues({ provider_config: { persist, faults } = {} }: TenantComputeSpec): Issue[] {
  const listed = typeof faults === 'object' && faults !== null && 'list' in faults;
  const found = [...(persist === undefined ? [] : ['persist']), ...(listed ? ['faults/list'] : [])];
  return found.map((setting) => ({
    pointer: `/provider_config/${setting}`,
    message: `${setting.replace('/', '.')} can only be set by the operator, in the defaults of this provider`,
  }));
}

function secretIssues({ secrets = [] }: TenantComputeSpec): Issue[] {
  const { secret_sources } = capabilities;
  const message = `secret source must be one of ${secret_sources.join(', ')}`;
  return secrets.flatMap(({ source }, index) =>
    secret_sources.includes(source) ? [] : [{ pointer: `/secrets/${index}/source`, message }],
  );
}

/**
 * Returns a warning for each field that has no effect. The other fields of a container are part of its version: a change
 * of them is a rollout, although nothing runs.
 */
export function warningsOf(spec: TenantComputeSpec): string[] {
  const { networking = {}, resources, containers, secrets = [] } = spec;
  const asksForStorage = [resources, ...containers.map((container) => container.resources)].some((one) => one?.storage);
  const ofContainers = containers.flatMap(({ name, resources: own, ports = [], volumes = [] }) => [
    ...(volumes.some(({ read_only }) => read_only)
      ? [`volumes.read_only of container ${name} has no effect: nothing runs that could write`]
      : []),
    ...(own ? [`resources of container ${name} have no effect: nothing runs`] : []),
    ...(ports.some(({ host_port }) => host_port)
      ? [`host_port of container ${name} is only shown in the endpoint: no port is opened`]
      : []),
  ]);
  return [
    ...Object.keys(networking).map((field) => `networking.${field} has no effect: nothing is connected to a network`),
    ...(asksForStorage ? ['resources.storage has no effect: nothing runs'] : []),
    ...ofContainers,
    ...(secrets.length > 0 ? ['secrets have no effect: nothing runs that could read them'] : []),
    ...unusedFieldWarnings(spec),
  ];
}
