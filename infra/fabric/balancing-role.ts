import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html */
const POLICY = 'AmazonECSInfrastructureRolePolicyForLoadBalancers';

/** Makes the role with which ECS shifts the requests of a tenant between two target groups. */
export function makeBalancingRole(scope: Construct): Role {
  const role = new Role(scope, 'BalancingRole', {
    description: 'Berth: ECS shifts requests between two versions of a tenant with it',
    assumedBy: new ServicePrincipal('ecs.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(POLICY)],
  });
  acknowledge(role, {
    [`AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${POLICY}]`]:
      'the policy that ECS documents for this; only ECS can assume the role',
  });
  return role;
}
