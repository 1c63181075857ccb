import * as z from 'zod';
import { integer, target, text } from './config-fields.ts';

/** Returns what does not go together. A target group is the operator's; on a listener, Berth makes one for each tenant. */
function balancerMistakes(balancer: Readonly<Record<string, unknown>>): string[] {
  const { target_group_arn: group, listener_arn: listener, host } = balancer;
  if (group === undefined && listener === undefined) return ['load_balancer needs target_group_arn or listener_arn'];
  if (group !== undefined && listener !== undefined) return ['target_group_arn and listener_arn exclude each other'];
  if (listener === undefined) {
    return ['host', 'retired'].filter((key) => balancer[key] !== undefined).map((key) => `${key} needs listener_arn`);
  }
  const others = ['url', 'load_balancer_arn'].filter((key) => balancer[key] !== undefined);
  return [
    ...(host === undefined ? ['listener_arn needs host, such as {tenant_id}.apps.example.com'] : []),
    ...others.map((key) => `${key} goes with target_group_arn only`),
  ];
}

/** The setting `load_balancer`. */
export const LoadBalancer = z
  .strictObject({
    target_group_arn: text(
      'target_group_arn',
      /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup\/[A-Za-z0-9/-]{1,255}$/,
      'the ARN of a target group',
    ).optional(),
    listener_arn: text(
      'listener_arn',
      /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener\/app\/[A-Za-z0-9/-]{1,255}$/,
      'the ARN of a listener of an Application Load Balancer',
    ).optional(),
    host: text(
      'host',
      /^[a-z0-9.-]{0,100}\{tenant_id\}[a-z0-9.-]{0,100}$/,
      'a host name with {tenant_id}, such as {tenant_id}.apps.example.com',
    ).optional(),
    drain_seconds: integer('drain_seconds', 0, 3600).default(30),
    retired: z.boolean('retired must be true or false').optional(),
    ...target,
    load_balancer_arn: text(
      'load_balancer_arn',
      /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer\/app\/[A-Za-z0-9/-]{1,255}$/,
      'the ARN of an Application Load Balancer',
    ).optional(),
    health_check_grace_seconds: integer('health_check_grace_seconds', 0, 2_147_483).default(60),
    url: z.url('url must be a URL').max(2048).optional(),
  })
  .superRefine((balancer, issues) => {
    for (const message of balancerMistakes(balancer)) issues.addIssue({ code: 'custom', message });
  });

/** The setting `gateway`. */
export const Gateway = z.strictObject({
  arn: text(
    'arn',
    /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:gateway\/[A-Za-z0-9-]{1,255}\/[A-Za-z0-9]{1,64}$/,
    'the ARN of an ECS Gateway',
  ),
  ...target,
  port_name: text('port_name', /^[a-z0-9_][a-z0-9_-]{0,63}$/, 'the name of a port').optional(),
});
