import * as balancing from '@aws-sdk/client-elastic-load-balancing-v2';
import { type BalancingOperations, REQUEST_HANDLER } from './client.ts';

const commands: {
  [Operation in keyof BalancingOperations]: new (
    input: BalancingOperations[Operation][0],
  ) => object;
} = {
  AddTags: balancing.AddTagsCommand,
  CreateRule: balancing.CreateRuleCommand,
  CreateTargetGroup: balancing.CreateTargetGroupCommand,
  DeleteRule: balancing.DeleteRuleCommand,
  DeleteTargetGroup: balancing.DeleteTargetGroupCommand,
  DescribeAccountLimits: balancing.DescribeAccountLimitsCommand,
  DescribeListeners: balancing.DescribeListenersCommand,
  DescribeLoadBalancers: balancing.DescribeLoadBalancersCommand,
  DescribeRules: balancing.DescribeRulesCommand,
  DescribeTags: balancing.DescribeTagsCommand,
  DescribeTargetGroupAttributes: balancing.DescribeTargetGroupAttributesCommand,
  DescribeTargetGroups: balancing.DescribeTargetGroupsCommand,
  ModifyRule: balancing.ModifyRuleCommand,
  ModifyTargetGroup: balancing.ModifyTargetGroupCommand,
  ModifyTargetGroupAttributes: balancing.ModifyTargetGroupAttributesCommand,
};

/** Creates the SDK client for Elastic Load Balancing. The first call that needs it imports this module. */
export function createBalancingClient(config: balancing.ElasticLoadBalancingV2ClientConfig) {
  const client = new balancing.ElasticLoadBalancingV2Client({
    requestHandler: REQUEST_HANDLER,
    ...config,
    maxAttempts: 1,
  });
  // `send` has one overload per command; a table of commands matches none of them.
  const send = client.send.bind(client) as (command: object, options: object) => Promise<unknown>;
  return {
    send: (operation: keyof BalancingOperations, input: object, signal: AbortSignal | undefined) =>
      send(new commands[operation](input as never), { abortSignal: signal }),
    close: () => client.destroy(),
  };
}
