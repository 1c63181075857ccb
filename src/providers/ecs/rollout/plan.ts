import { hashJson } from '../../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { specHash } from '../../../compute/spec/spec-diff.ts';
import type { EcsConfig } from '../config.ts';
import { type Definition, roundingOf, toDefinition } from '../mapping.ts';
import { defaultPrefix, resourceName } from '../names.ts';
import { checkEcsSpec } from '../rules.ts';
import { type ServiceSettings, toServiceSettings } from '../service-mapping.ts';
import type { Operator } from '../settings.ts';
import { type TagMap, tenantTags } from '../tags.ts';

/** Everything that ECS is to be told for a specification, worked out before the first call. */
export interface Plan {
  spec: TenantComputeSpec;
  specHash: string;
  config: EcsConfig;
  /** The name of the service and of the family. */
  name: string;
  /** What to make; nothing where a given task definition is to run. */
  definition: Definition | undefined;
  settings: ServiceSettings;
  tags: TagMap;
  /** What the caller should know, such as what was rounded up. */
  notes: string;
}

/** Throws `InvalidSpecError` with everything that is against the specification. */
export function planTenant(spec: TenantComputeSpec, config: EcsConfig, operator: Operator): Plan {
  const { provider } = operator;
  checkEcsSpec(spec, config, operator);
  const name = resourceName(config.service_name_prefix ?? defaultPrefix(provider), spec.tenant_id);
  return {
    spec,
    specHash: specHash(spec),
    config,
    name,
    definition: config.task_definition_arn ? undefined : toDefinition(spec, config, provider, name),
    settings: toServiceSettings(spec, config, name),
    tags: tenantTags(spec, config, provider),
    notes: roundingOf(spec, config),
  };
}

/**
 * What ECS starts other tasks for: another task definition, or another setting of the service that tasks are made with. How
 * many there are, tags, and how long a load balancer waits are changed while the tasks go on. All containers are one task.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
export function fingerprintsOf({ spec, config, definition, settings }: Plan): Record<string, string> {
  const { desiredCount: _, healthCheckGracePeriodSeconds: __, ...tasks } = settings;
  const task = hashJson({ definition: definition?.contentHash ?? config.task_definition_arn, tasks });
  return Object.fromEntries(spec.containers.map(({ name }) => [name, task]));
}
