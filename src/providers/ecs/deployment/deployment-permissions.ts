import type { PermissionStatement } from '../../../compute/permissions.ts';
import { statement } from '../api/statements.ts';

/** What the permissions for service deployments are bound to. */
interface DeploymentScope {
  /** Pattern of the deployments of tenants. */
  serviceDeployment: string;
  /** ARN of the role with which ECS changes the rules of a load balancer. */
  balancingRole: string | undefined;
}

/*
 * These do not depend on the setting `deployment`: where it goes, services have their strategy until the next deployment.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */

/** Reads how far a deployment is. */
export function seeingDeployments({ serviceDeployment }: DeploymentScope): PermissionStatement {
  return statement(
    'reads how far a deployment is, and what it waits for',
    'ecs:DescribeServiceDeployments',
    serviceDeployment,
  );
}

/** Has ECS turn the requests back. */
export function endingDeployments({ serviceDeployment }: DeploymentScope): PermissionStatement {
  return statement('gives a deployment up that shifts requests', 'ecs:StopServiceDeployment', serviceDeployment);
}

/** Approves a deployment, or refuses it. */
export function answeringDeployments({ serviceDeployment }: DeploymentScope): PermissionStatement {
  const reason = 'answers a deployment that waits for approval';
  return statement(reason, 'ecs:ContinueServiceDeployment', serviceDeployment);
}

/** Passes the role for load balancers to ECS. */
export function lendingRole({ balancingRole }: DeploymentScope): PermissionStatement[] {
  if (balancingRole === undefined) return [];
  const toEcs = { StringEquals: { 'iam:PassedToService': 'ecs.amazonaws.com' } };
  const reason = 'passes the role with which ECS shifts requests between two versions';
  return [statement(reason, 'iam:PassRole', balancingRole, toEcs)];
}
