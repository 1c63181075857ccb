import { Stack } from 'aws-cdk-lib';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { EcsFabric, type EcsFabricProps, type FabricDomain } from '../../../infra/index.ts';
import type { CfnTemplate } from '../../support/cloud-assembly.ts';
import { createApp, readable } from '../synthesized.ts';

/** Returns a domain in a hosted zone. */
export function domainOf(stack: Stack): FabricDomain {
  const attributes = { hostedZoneId: 'Z0123456789ABC', zoneName: 'example.com' };
  return { name: 'apps.example.com', zone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', attributes) };
}

/** Makes a stack of a CDK app with a fabric. */
export function fabricStack(props: (stack: Stack) => EcsFabricProps = () => ({})) {
  const app = createApp({});
  const stack = new Stack(app, 'Own');
  const fabric = new EcsFabric(stack, 'Fabric', props(stack));
  const settings = () => stack.resolve(fabric.provider());
  return { fabric, settings, template: () => readable([app.synth().getStackByName('Own').template as CfnTemplate]) };
}
