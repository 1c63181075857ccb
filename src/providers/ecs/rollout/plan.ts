import { hashJson } from '../../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { specHash } from '../../../compute/spec/spec-diff.ts';
import { type EcsConfig, readTenantSettings } from '../config.ts';
import { roundingNote } from '../fargate.ts';
import { type Definition, type Marks, toDefinition } from '../mapping.ts';
import { defaultPrefix, resourceName } from '../names.ts';
import { settingsDigest } from '../status/applied-settings.ts';
import { type TagMap, tenantTags, withOrigin } from '../tags.ts';
import { checkEcsSpec } from './rules.ts';
import { type Scaling, toScaling } from './scaling.ts';
import { type ServiceSettings, toServiceSettings } from './service-mapping.ts';

/*
 * The provider imports this module when it is first given a specification. With it come the schema of the settings, and
 * zod: functions that only read never load them.
 */

/** Everything that ECS has to be told for a specification, computed before the first call. */
export interface Plan {
  spec: TenantComputeSpec;
  specHash: string;
  config: EcsConfig;
  /** Digest of the operator's settings; see `settingsDigest`. */
  settings: string;
  /** Name of the service and of the task definition family. */
  name: string;
  /** The task definition to register. Undefined if a given one (`task_definition_arn`) runs. */
  definition: Definition | undefined;
  service: ServiceSettings;
  scaling: Scaling | undefined;
  tags: TagMap;
  /** A note for the caller, such as on resources that were rounded up. */
  notes: string;
  /** Of an earlier listener, something is left to remove. */
  isStale?: boolean;
  /** The tenant has volumes, also of versions before. */
  hasVolumes?: boolean;
}

/**
 * Checks a specification against the settings and the rules of ECS. Returns warnings.
 * Throws `InvalidSpecError` with every issue, or `InvalidProviderError` if the operator's settings are wrong.
 */
export function validateSpec(
  spec: TenantComputeSpec,
  provider: string,
  defaults: Readonly<Record<string, unknown>>,
): { warnings: string[] } {
  return checkEcsSpec(spec, readTenantSettings(spec, provider, defaults));
}

/** Checks a specification and computes what to do. Throws as `validateSpec` does. */
export function planTenant(
  spec: TenantComputeSpec,
  provider: string,
  defaults: Readonly<Record<string, unknown>>,
  marks: Marks = {},
): Plan {
  const settings = readTenantSettings(spec, provider, defaults);
  const { config } = settings;
  checkEcsSpec(spec, settings);
  const name = resourceName(config.service_name_prefix ?? defaultPrefix(provider), spec.tenant_id);
  return {
    spec,
    specHash: marks.spec_hash ?? specHash(spec),
    config,
    settings: settingsDigest(defaults),
    name,
    definition: config.task_definition_arn ? undefined : toDefinition(spec, config, provider, name, marks),
    service: toServiceSettings(spec, config, name),
    scaling: toScaling(config),
    tags: withOrigin(tenantTags(spec, config, provider), marks, 'service'),
    notes: config.task_definition_arn ? '' : roundingNote(spec.resources, config),
  };
}

/**
 * Returns a fingerprint per container, which differs if ECS would replace the tasks: for another task definition, or for
 * another setting of the service that tasks are created with. ECS changes the number of tasks, tags and the grace period of
 * a load balancer in place. All containers are in one task, so they share the fingerprint.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
export function fingerprintsOf({ spec, config, definition, service }: Plan): Record<string, string> {
  const { desiredCount: _, healthCheckGracePeriodSeconds: __, ...tasks } = service;
  const task = hashJson({ definition: definition?.contentHash ?? config.task_definition_arn, tasks });
  return Object.fromEntries(spec.containers.map(({ name }) => [name, task]));
}
