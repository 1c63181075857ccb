import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ICluster, IGatewayRef } from 'aws-cdk-lib/aws-ecs';
import type { IFileSystem } from 'aws-cdk-lib/aws-efs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type * as z from 'zod';
import type { EcsConfig } from './config.ts';
import { parseClusterArn } from './names.ts';

export { provider as ecsProvider } from './descriptor.ts';

type Settings = z.input<typeof EcsConfig>;

// The slices of constructs that are read: the classes of CDK do not fit its interfaces if optional properties are exact.
type ClusterRef = Pick<ICluster, 'clusterArn' | 'clusterName' | 'env' | 'stack'>;
type VpcRef = Pick<IVpc, 'vpcId' | 'selectSubnets'>;
type SubnetRef = Pick<ISubnet, 'subnetId'>;
type SecurityGroupRef = Pick<ISecurityGroup, 'securityGroupId'>;
type RoleRef = Pick<IRole, 'roleArn'>;
type GatewayRef = Pick<IGatewayRef, 'gatewayRef'>;
type FileSystemRef = Pick<IFileSystem, 'fileSystemId'>;
type LogGroupRef = Pick<ILogGroup, 'logGroupName'>;

/** The settings that a construct of the app can stand for, each by its construct or as text. */
interface EcsConstructs {
  /** The cluster, or its ARN. */
  cluster: ClusterRef | string;
  /** The subnets of the tasks, or a VPC for its private subnets. */
  subnets: VpcRef | readonly (SubnetRef | string)[];
  securityGroups?: readonly (SecurityGroupRef | string)[] | undefined;
  /** The role with which ECS pulls images, writes logs and reads secrets. */
  executionRole?: RoleRef | string | undefined;
  /** The role of the containers. */
  taskRole?: RoleRef | string | undefined;
  logGroup?: LogGroupRef | string | undefined;
  /** An ECS Gateway that is associated with the cluster, its ARN, or all of its settings. */
  gateway?: GatewayRef | string | Settings['gateway'];
  /** The EFS file system of the volumes, its id, or all of its settings. It needs `taskRole`. */
  fileSystem?: FileSystemRef | string | Settings['efs'];
}

/** The settings of ECS in a CDK app: constructs, and other settings under their names in `docs/providers/ecs.md`. */
export type EcsSettings = EcsConstructs &
  Omit<
    Settings,
    | 'cluster_arn'
    | 'region'
    | 'subnets'
    | 'security_groups'
    | 'execution_role_arn'
    | 'task_role_arn'
    | 'log_group'
    | 'gateway'
    | 'efs'
  >;

/** Returns the settings of an ECS provider for the construct `Berth`: `providers: { ecs: ecs({ cluster, subnets }) }`. */
export function ecs(settings: EcsSettings): { type: 'ecs' } & Settings {
  const { cluster, subnets, securityGroups, executionRole, taskRole, logGroup, gateway, fileSystem, ...more } =
    settings;
  return {
    type: 'ecs',
    cluster_arn: clusterArnOf(cluster),
    subnets: 'vpcId' in subnets ? subnets.selectSubnets().subnetIds : subnets.map(subnetIdOf),
    ...(securityGroups && { security_groups: securityGroups.map(securityGroupIdOf) }),
    ...(executionRole !== undefined && { execution_role_arn: roleArnOf(executionRole) }),
    ...(taskRole !== undefined && { task_role_arn: roleArnOf(taskRole) }),
    ...(logGroup !== undefined && { log_group: typeof logGroup === 'string' ? logGroup : logGroup.logGroupName }),
    ...(gateway !== undefined && { gateway: gatewayOf(gateway) }),
    ...(fileSystem !== undefined && { efs: fileSystemOf(fileSystem) }),
    ...more,
  };
}

/** The ARN of a cluster that the app makes is one token. Permissions need its parts, which may be tokens. */
function clusterArnOf(cluster: ClusterRef | string): string {
  if (typeof cluster === 'string') return cluster;
  const { clusterArn, clusterName, env, stack } = cluster;
  if (parseClusterArn(clusterArn)) return clusterArn;
  const { region, account } = env;
  return stack.formatArn({ service: 'ecs', resource: 'cluster', resourceName: clusterName, region, account });
}

function gatewayOf(gateway: NonNullable<EcsConstructs['gateway']>): NonNullable<Settings['gateway']> {
  if (typeof gateway === 'string') return { arn: gateway };
  return 'gatewayRef' in gateway ? { arn: gateway.gatewayRef.gatewayArn } : gateway;
}

function fileSystemOf(fileSystem: NonNullable<EcsConstructs['fileSystem']>): NonNullable<Settings['efs']> {
  if (typeof fileSystem === 'string') return { file_system_id: fileSystem };
  return 'fileSystemId' in fileSystem ? { file_system_id: fileSystem.fileSystemId } : fileSystem;
}

function subnetIdOf(subnet: SubnetRef | string): string {
  return typeof subnet === 'string' ? subnet : subnet.subnetId;
}

function securityGroupIdOf(group: SecurityGroupRef | string): string {
  return typeof group === 'string' ? group : group.securityGroupId;
}

function roleArnOf(role: RoleRef | string): string {
  return typeof role === 'string' ? role : role.roleArn;
}
