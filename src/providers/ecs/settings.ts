import { acceptProviderConfig, readDefaults } from '../../compute/provider-config.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { EcsConfig } from './config.ts';
import { ecsConfigShape } from './shapes.ts';

/** Settings that reach beyond the tenant, so that a specification must not carry them. */
export const OPERATOR_ONLY = [
  'cluster_arn',
  'region',
  'execution_role_arn',
  'launch_type',
  'capacity_providers',
  'platform_version',
  'log_group',
  'service_name_prefix',
  'assume_role',
  'allowed_registries',
  'tags',
  'service_connect',
  'rollout_timeout_seconds',
  'destroy_wait_seconds',
  'revisions_kept',
  'allow',
] as const satisfies (keyof EcsConfig)[];

/** A provider and what its operator set for all of its tenants. */
export interface Operator {
  provider: string;
  /** As it was given: what a tenant chooses is laid over this. */
  defaults: Readonly<Record<string, unknown>>;
  config: EcsConfig;
}

/** The operator's settings, once they hold. Throws `InvalidProviderError` naming each mistake. */
export async function readOperator(
  provider: string,
  defaults: Readonly<Record<string, unknown>> = {},
): Promise<Operator> {
  const config = ecsConfigShape.accept(defaults) ?? readDefaults(provider, await ecsConfigShape.schema(), defaults);
  return { provider, defaults, config };
}

/** What holds for one tenant. Throws `InvalidSpecError` with pointers into `/provider_config`. */
export function configFor(spec: TenantComputeSpec, { defaults }: Operator): Promise<EcsConfig> {
  return acceptProviderConfig(spec, ecsConfigShape, defaults);
}

/** The part of the defaults that anyone may read: without the role and the external id that Berth itself calls with. */
export function shownDefaults({ assume_role: _, ...defaults }: Readonly<Record<string, unknown>>) {
  return defaults;
}
