import { Names } from 'aws-cdk-lib';
import { CfnGateway, CfnGatewayClusterAssociations, type ICluster } from 'aws-cdk-lib/aws-ecs';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Network } from './network.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/gateway-managing.html */
const POLICY = 'AmazonECSInfrastructureRoleForGatewayHostSharedALB';

/**
 * An ECS Gateway of the cluster: HTTPS with a host name of AWS for each tenant. ECS makes its load balancers when the first
 * tenant is connected. It has no deletion protection, which would keep CloudFormation from removing what it made.
 */
export class TenantGateway extends Construct {
  readonly gateway: CfnGateway;

  constructor(scope: Construct, id: string, { cluster, network }: { cluster: ICluster; network: Network }) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      description: 'Berth: ECS manages the load balancers of tenants with it',
      assumedBy: new ServicePrincipal('ecs.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(POLICY)],
    });
    acknowledge(role, {
      [`AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${POLICY}]`]:
        'the policy that ECS documents for gateways; it binds changes to what ECS itself made and tagged',
    });
    this.gateway = new CfnGateway(this, 'Gateway', {
      gatewayName: Names.uniqueResourceName(this, { maxLength: 255, separator: '-' }),
      infrastructureRoleArn: role.roleArn,
      deletionProtection: false,
      configuration: {
        hostSharedAlb: {
          scheme: network.isPublic ? 'internet-facing' : 'internal',
          networkConfiguration: {
            subnets: network.vpc.selectSubnets(network.balancerSubnets).subnetIds,
            inboundSecurityGroup: network.balancers.securityGroupId,
            ipAddressType: 'ipv4',
          },
        },
      },
    });
    new CfnGatewayClusterAssociations(this, 'Association', {
      gateway: this.gateway.attrArn,
      cluster: cluster.clusterArn,
    });
  }
}
