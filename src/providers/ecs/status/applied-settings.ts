import { hashJson } from '../../../compute/spec/json.ts';
import type { EcsConfig } from '../config.ts';
import { readRecord, type TagMap } from '../tags.ts';

/**
 * What a change of a setting does to tenants that exist.
 *
 * - `rollout`: the inventory brings them over at a paced rate; ECS replaces their tasks;
 * - `in place`: the inventory brings them over at a paced rate; their tasks keep running;
 * - `calls`: applies to the next call of Berth, and changes no tenant;
 * - `refused`: existing tenants stay as they are, and what would move them is refused.
 */
type SettingEffect = 'rollout' | 'in place' | 'calls' | 'refused';

/** The effect of each setting. `docs/providers/ecs.md` has the same table. */
export const settingEffects: Readonly<Record<keyof EcsConfig, SettingEffect>> = {
  cluster_arn: 'refused',
  region: 'refused',
  subnets: 'rollout',
  security_groups: 'rollout',
  assign_public_ip: 'rollout',
  execution_role_arn: 'rollout',
  task_role_arn: 'rollout',
  launch_type: 'refused',
  capacity_providers: 'rollout',
  platform_version: 'rollout',
  cpu_architecture: 'rollout',
  desired_count: 'in place',
  autoscaling: 'in place',
  health_check_start_seconds: 'rollout',
  log_group: 'rollout',
  service_name_prefix: 'refused',
  assume_role: 'refused',
  task_definition_arn: 'rollout',
  allowed_registries: 'calls',
  tags: 'rollout',
  load_balancer: 'rollout',
  gateway: 'rollout',
  service_registry: 'rollout',
  service_connect: 'rollout',
  deployment: 'in place',
  efs: 'refused',
  rollout_timeout_seconds: 'calls',
  destroy_wait_seconds: 'calls',
  revisions_kept: 'calls',
  allow: 'calls',
};

const DIGEST_LENGTH = 12;

/** Returns a digest of the operator's settings that reach existing tenants. Loads no schema, so that reads can use it. */
export function settingsDigest(defaults: Readonly<Record<string, unknown>>): string {
  const applied = Object.entries(defaults).filter(([key]) => {
    const effect = settingEffects[key as keyof EcsConfig];
    return effect === 'rollout' || effect === 'in place';
  });
  return hashJson(Object.fromEntries(applied)).slice(0, DIGEST_LENGTH);
}

/** Returns what is left to do for a service so that the settings apply to it, in words. Undefined if they do. */
export function settingsToApply(tags: TagMap, digest: string): string | undefined {
  const record = readRecord(tags);
  if (!record) return 'a comparison with the settings of the provider, which the version before did not record';
  return record.settings === digest
    ? undefined
    : 'the settings of the provider, which are not applied to the tenant yet';
}
