import { RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { type CfnGateway, Cluster, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationListener, ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type EcsSettings, ecs } from '../../src/providers/catalog.ts';
import { acknowledge } from '../acknowledge.ts';
import { type FabricDomain, TenantBalancer } from './balancer.ts';
import { makeBalancingRole } from './balancing-role.ts';
import { ExecutionRole } from './execution-role.ts';
import { TenantGateway } from './gateway.ts';
import { Network } from './network.ts';

export interface EcsFabricProps {
  /**
   * The VPC of the tenants. Tasks are in its private subnets, load balancers in its public ones, or both in those that it
   * has. Default: a new one with two public subnets and no NAT gateway.
   */
  vpc?: IVpc | undefined;
  /** Gives tenants hosts below a domain of yours, by a load balancer. Default: an ECS Gateway with hosts of AWS. */
  domain?: FabricDomain | undefined;
  /** ECR repositories of this account that images may come from, with `*` for any text. Default: `berth/*`. */
  repositories?: readonly string[] | undefined;
  /** Retention of the logs of tenants. Default: three months. */
  logRetention?: RetentionDays | undefined;
}

/**
 * What the tenants of an ECS provider need where a team has nothing yet: a network in which they are apart, a cluster, the
 * role that starts their tasks, a log group, and addresses by an ECS Gateway or a load balancer. `docs/deploy.md` tells
 * what each part costs.
 */
export class EcsFabric extends Construct {
  readonly vpc: IVpc;
  readonly cluster: ICluster;
  /** Of the tasks. Allow it what tenants are to reach in the VPC. */
  readonly securityGroup: SecurityGroup;
  readonly executionRole: Role;
  readonly logGroup: LogGroup;
  /** The gateway, without `domain`. */
  readonly gateway: CfnGateway | undefined;
  /** The load balancer and its listener, with `domain`. */
  readonly loadBalancer: ApplicationLoadBalancer | undefined;
  readonly listener: ApplicationListener | undefined;
  readonly #network: Network;
  readonly #domain: FabricDomain | undefined;
  #balancingRole: Role | undefined;

  constructor(scope: Construct, id: string, props: EcsFabricProps = {}) {
    super(scope, id);
    const { vpc, domain, repositories = ['berth/*'], logRetention: retention = RetentionDays.THREE_MONTHS } = props;
    this.#domain = domain;
    this.#network = new Network(this, 'Network', vpc);
    this.vpc = this.#network.vpc;
    this.securityGroup = this.#network.tenants;
    const cluster = new Cluster(this, 'Cluster', { vpc: this.vpc, enableFargateCapacityProviders: true });
    acknowledge(cluster, { 'AwsSolutions-ECS4': 'Container Insights is billed by tenant; Berth watches their health' });
    this.cluster = cluster as ICluster;
    this.logGroup = new LogGroup(this, 'Logs', { retention, removalPolicy: RemovalPolicy.DESTROY });
    this.executionRole = new ExecutionRole(this, 'Execution', { logGroup: this.logGroup, repositories }).role;
    const network = this.#network;
    if (domain) {
      const { balancer, listener } = new TenantBalancer(this, 'Domain', { domain, network });
      this.loadBalancer = balancer;
      this.listener = listener;
    } else {
      this.gateway = new TenantGateway(this, 'Front', { cluster: this.cluster, network }).gateway;
    }
  }

  /** Returns the settings of a provider whose tenants are here. Other settings of ECS go with them, or replace them. */
  provider({ allow, deployment, ...settings }: Partial<EcsSettings> = {}): ReturnType<typeof ecs> {
    const { tasksArePublic, taskSubnets } = this.#network;
    return ecs({
      cluster: this.cluster,
      subnets: this.vpc.selectSubnets(taskSubnets).subnets,
      securityGroups: [this.securityGroup],
      assign_public_ip: tasksArePublic,
      executionRole: this.executionRole,
      logGroup: this.logGroup,
      ...this.#address(),
      allow: { public_ip: tasksArePublic, ...allow },
      ...(deployment && { deployment: this.#withRole(deployment) }),
      ...settings,
    });
  }

  /** A load balancer needs a role for what a gateway does itself. */
  #withRole(deployment: NonNullable<EcsSettings['deployment']>): NonNullable<EcsSettings['deployment']> {
    const { strategy = 'rolling', role_arn } = deployment;
    if (!this.listener || strategy === 'rolling' || role_arn !== undefined) return deployment;
    this.#balancingRole ??= makeBalancingRole(this);
    return { ...deployment, role_arn: this.#balancingRole.roleArn };
  }

  #address(): Partial<EcsSettings> {
    if (this.gateway) return { gateway: this.gateway };
    const listener_arn = this.listener?.listenerArn ?? '';
    return { load_balancer: { listener_arn, host: `{tenant_id}.${this.#domain?.name}` } };
  }
}
