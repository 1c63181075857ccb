import { type App, CrossStackReferences, ReferenceStrength, Stack, Tags } from 'aws-cdk-lib';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { Berth, type BerthProps } from './berth.ts';
import { type AppContext, readContext } from './context.ts';
import { createFabricStack } from './fabric/fabric-stack.ts';
import { State } from './state/state.ts';

/**
 * Makes the stacks of the app: one that has to remain, one that can be replaced at any time, and with `fabric` one more, in
 * which tenants run. The reasons are in `docs/decisions/2026-11-25-two-stacks.md`.
 */
export function createStacks(app: App): { state: Stack; service: Stack; fabric: Stack | undefined } {
  const context = readContext(app.node);
  const name = context.installation;
  const state = new Stack(app, `${name}State`, {
    description: 'Berth: the state of the control plane: table, bus, waiting requests, dead letters',
    terminationProtection: true,
  });
  const fabric = context.fabric && createFabricStack(app, context);
  const service = new Stack(app, name, { description: 'Berth: a control plane for per-tenant compute' });
  // CloudFormation then refuses to delete resources that the service uses.
  CrossStackReferences.of(service).consume(ReferenceStrength.STRONG);
  const kept = new State(state, 'Default', stateProps(state, context));
  // The id `Default` adds nothing to the names of resources and outputs.
  const providers = fabric?.providers ?? context.providers;
  new Berth(service, 'Default', { ...berthProps(service, context), providers, state: kept });
  // The template validation does not know tags of dashboards yet.
  const excludeResourceTypes = ['AWS::CloudWatch::Dashboard'];
  for (const stack of app.node.children) Tags.of(stack).add('berth:installation', name, { excludeResourceTypes });
  return { state, service, fabric: fabric?.stack };
}

function stateProps(scope: Construct, { bus_name, existing_bus_arn, existing_table }: AppContext) {
  const table =
    existing_table &&
    TableV2.fromTableAttributes(scope, 'ExistingTable', {
      tableArn: existing_table.table_arn,
      tableStreamArn: existing_table.stream_arn,
      ...(existing_table.key_arn && { encryptionKey: Key.fromKeyArn(scope, 'ExistingKey', existing_table.key_arn) }),
    });
  const bus = existing_bus_arn && EventBus.fromEventBusArn(scope, 'ExistingBus', existing_bus_arn);
  return { busName: bus_name, ...(table && { table }), ...(bus && { bus }) };
}

function berthProps(scope: Construct, context: AppContext): Omit<BerthProps, 'providers'> {
  const { cors, throttle, vpc, alarm_topic_arn } = context;
  return {
    jwt: context.jwt,
    cors: cors && { allowOrigins: cors.origins },
    throttle: throttle && { rateLimit: throttle.rate, burstLimit: throttle.burst },
    network: vpc && networkOf(scope, vpc),
    requestConcurrency: context.request_concurrency,
    reservedConcurrency: context.reserved_concurrency,
    waitingConcurrency: context.waiting_concurrency,
    alarmTopic: alarm_topic_arn === undefined ? undefined : Topic.fromTopicArn(scope, 'AlarmTopic', alarm_topic_arn),
    runbookUrl: context.runbook_url,
    logLevel: context.log_level,
    healthHoldSeconds: context.health_hold_seconds,
    logRetention: context.log_retention_days,
  };
}

/** Imports the VPC by ids: a lookup by name needs network access at synthesis. The availability zones are never read. */
function networkOf(scope: Construct, { vpc_id, subnet_ids, security_group_ids }: NonNullable<AppContext['vpc']>) {
  const subnets = subnet_ids.map((id) => Subnet.fromSubnetId(scope, id, id));
  for (const subnet of subnets) {
    acknowledge(subnet, {
      '@aws-cdk/aws-ec2:noSubnetRouteTableId': 'the app does not use the route table of this subnet',
    });
  }
  const securityGroups = security_group_ids.map((id) => SecurityGroup.fromSecurityGroupId(scope, id, id));
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId: vpc_id, availabilityZones: ['any'] });
  return { vpc, subnets: { subnets }, securityGroups };
}
