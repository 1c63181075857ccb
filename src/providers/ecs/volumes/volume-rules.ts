import { type Issue, toPointer } from '../../../compute/errors.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { mountedVolumes, volumeIssues, writtenVolumes } from '../../../compute/volumes/volumes.ts';
import type { EcsConfig } from '../config.ts';
import { isFargate } from '../fargate.ts';

/** Platform versions of Fargate without EFS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html */
const OLD_PLATFORM = /^1\.[0-3]\./;

/** Returns true where a container of a specification may write to a volume. */
export function writesVolumes({ containers }: Pick<TenantComputeSpec, 'containers'>): boolean {
  return containers.some((container) => writtenVolumes(container).length > 0);
}

/** Returns why a specification cannot have the volumes that it mounts. */
export function efsIssues(spec: TenantComputeSpec, config: EcsConfig): Issue[] {
  if (mountedVolumes(spec).length === 0) return [];
  const { efs, task_definition_arn, platform_version: version, task_role_arn } = config;
  if (!efs) {
    return volumeIssues(spec, 'volumes need a file system: the operator has to set efs; or keep data in RDS or S3');
  }
  if (task_definition_arn) return volumeIssues(spec, 'a given task definition runs, which brings its own volumes');
  if (isFargate(config) && version && OLD_PLATFORM.test(version)) {
    return volumeIssues(spec, `volumes need platform version 1.4.0 or later: the operator has set ${version}`);
  }
  if (!task_role_arn) return volumeIssues(spec, 'volumes need a task role: the operator has to set task_role_arn');
  return writesVolumes(spec) ? countIssues(config) : [];
}

/** With several tasks, ECS would replace one after the other, so that two versions write at once. */
function countIssues({ desired_count, autoscaling }: EcsConfig): Issue[] {
  const message = (what: string) => `${what} must be 1 where a container writes to a volume; mount it with read_only`;
  const at = (...path: string[]) => toPointer(['provider_config', ...path]);
  if (autoscaling) {
    return autoscaling.max > 1 ? [{ pointer: at('autoscaling', 'max'), message: message('max') }] : [];
  }
  return desired_count > 1 ? [{ pointer: at('desired_count'), message: message('desired_count') }] : [];
}
