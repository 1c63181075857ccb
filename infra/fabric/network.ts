import { RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { publicRanges } from './public-ranges.ts';

/** Two zones are the least that a load balancer takes. */
const ZONES = 2;
const HTTPS = Port.tcp(443);

/*
 * How tenants are kept apart
 *
 * All tasks are in one security group. It admits the load balancers and nothing else, not even its own members. So no task
 * can connect to another one, neither at its private address nor at its public one. A task itself may connect to public
 * addresses only. So in a VPC that a team already has, tenants do not reach a database that admits the whole VPC.
 * Security groups do not filter what AWS serves to each task at link-local addresses: its resolver and its own metadata.
 */

/** The VPC of tenants, its subnets and the security groups of tasks and load balancers. */
export class Network extends Construct {
  readonly vpc: IVpc;
  /** Of the tasks. */
  readonly tenants: SecurityGroup;
  /** Of the load balancers. */
  readonly balancers: SecurityGroup;
  /** True where tasks have public addresses, without which they reach nothing outside. */
  readonly tasksArePublic: boolean;
  /** True where load balancers are on the internet. */
  readonly isPublic: boolean;

  constructor(scope: Construct, id: string, given: IVpc | undefined) {
    super(scope, id);
    this.vpc = given ?? this.#makeVpc();
    this.tasksArePublic = this.vpc.privateSubnets.length === 0;
    this.isPublic = this.vpc.publicSubnets.length > 0;
    this.balancers = this.#group('Balancers', 'Berth: load balancers of tenants');
    this.tenants = this.#group('Tenants', 'Berth: tasks of tenants, which admit load balancers only');
    this.balancers.addIngressRule(Peer.anyIpv4(), HTTPS, 'HTTPS of the callers of tenants');
    acknowledge(this.balancers, { 'AwsSolutions-EC23': 'the load balancers of tenants serve the internet by HTTPS' });
    this.balancers.addEgressRule(this.tenants, Port.allTcp(), 'the ports of the containers');
    this.tenants.addIngressRule(this.balancers, Port.allTcp(), 'requests from the load balancers');
    for (const range of publicRanges()) this.tenants.addEgressRule(Peer.ipv4(range), Port.allTraffic(), 'the internet');
  }

  /** The subnets of tasks: private ones where there are any. */
  get taskSubnets(): SubnetSelection {
    return { subnets: this.tasksArePublic ? this.vpc.publicSubnets : this.vpc.privateSubnets };
  }

  /** The subnets of load balancers. */
  get balancerSubnets(): SubnetSelection {
    return { subnets: this.isPublic ? this.vpc.publicSubnets : this.vpc.privateSubnets };
  }

  /** Makes a VPC that costs nothing while it is idle: no NAT gateways, no interface endpoints. */
  #makeVpc(): IVpc {
    const refused = new LogGroup(this, 'Refused', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new Vpc(this, 'Vpc', {
      maxAzs: ZONES,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Tenants', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
      // Closing the default group takes a function of its own. Tasks never are in it, because the settings name a group.
      restrictDefaultSecurityGroup: false,
      flowLogs: {
        Refused: {
          destination: FlowLogDestination.toCloudWatchLogs(refused),
          trafficType: FlowLogTrafficType.REJECT,
        },
      },
    }) as IVpc;
  }

  #group(id: string, description: string): SecurityGroup {
    return new SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }
}
