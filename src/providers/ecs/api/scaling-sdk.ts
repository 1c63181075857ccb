import * as scaling from '@aws-sdk/client-application-auto-scaling';
import { REQUEST_HANDLER, type ScalingOperations } from './client.ts';

const commands: {
  [Operation in keyof ScalingOperations]: new (
    input: ScalingOperations[Operation][0],
  ) => object;
} = {
  DeleteScalingPolicy: scaling.DeleteScalingPolicyCommand,
  DeregisterScalableTarget: scaling.DeregisterScalableTargetCommand,
  DescribeScalableTargets: scaling.DescribeScalableTargetsCommand,
  DescribeScalingPolicies: scaling.DescribeScalingPoliciesCommand,
  PutScalingPolicy: scaling.PutScalingPolicyCommand,
  RegisterScalableTarget: scaling.RegisterScalableTargetCommand,
};

/** Creates the SDK client for Application Auto Scaling. The first call that needs it imports this module. */
export function createScalingClient(config: scaling.ApplicationAutoScalingClientConfig) {
  const client = new scaling.ApplicationAutoScalingClient({
    requestHandler: REQUEST_HANDLER,
    ...config,
    maxAttempts: 1,
  });
  // `send` has one overload per command; a table of commands matches none of them.
  const send = client.send.bind(client) as (command: object, options: object) => Promise<unknown>;
  return {
    send: (operation: keyof ScalingOperations, input: object, signal: AbortSignal | undefined) =>
      send(new commands[operation](input as never), { abortSignal: signal }),
    close: () => client.destroy(),
  };
}
