import * as z from 'zod';
import { integer, roleArn, text } from '../address/config-fields.ts';

/** ECS counts in minutes. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html */
function minutes(name: string, min: number, max: number) {
  const error = `${name} must be whole minutes: a multiple of 60`;
  return integer(name, min, max).multipleOf(60, error);
}

const Percent = z
  .number('percent must be a number')
  .min(0.1, 'percent must be at least 0.1')
  .max(100, 'percent must be at most 100')
  .refine((percent) => Math.abs(percent * 10 - Math.round(percent * 10)) < 1e-6, 'percent must be a multiple of 0.1');

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html */
const LEAST_LINEAR = 3;
const SHIFTING = ['bake_seconds', 'approval'] as const;

/** Returns what does not go together. */
function mistakesIn({ strategy, steps, ...rest }: z.infer<typeof Fields>): { key: string; message: string }[] {
  const isStepped = strategy === 'canary' || strategy === 'linear';
  const mistakes = steps && !isStepped ? [{ key: 'steps', message: 'steps goes with strategy canary or linear' }] : [];
  if (strategy === 'linear' && steps && steps.percent < LEAST_LINEAR) {
    mistakes.push({ key: 'steps', message: `percent must be at least ${LEAST_LINEAR} with strategy linear` });
  }
  if (strategy !== 'rolling') return mistakes;
  const reason = 'with rolling, new tasks get requests as soon as they are healthy';
  const others = SHIFTING.filter((key) => rest[key] !== undefined);
  return [
    ...mistakes,
    ...others.map((key) => ({ key, message: `${key} needs strategy blue_green, canary or linear: ${reason}` })),
  ];
}

const Fields = z.strictObject({
  strategy: z
    .enum(['rolling', 'blue_green', 'canary', 'linear'], 'strategy must be one of: rolling, blue_green, canary, linear')
    .default('rolling'),
  steps: z.strictObject({ percent: Percent, bake_seconds: minutes('bake_seconds', 0, 86_400) }).optional(),
  bake_seconds: minutes('bake_seconds', 0, 86_400).optional(),
  alarms: z
    .array(text('an alarm', /^[ -~]{1,255}$/, 'the name of an alarm'), 'alarms must be a list of 1 to 10')
    .min(1, 'alarms must be a list of 1 to 10')
    .max(10, 'alarms must be a list of 1 to 10')
    .optional(),
  approval: z
    .strictObject({
      timeout_seconds: minutes('timeout_seconds', 60, 1_209_600).default(86_400),
      each_step: z.boolean('each_step must be true or false').default(false),
    })
    .optional(),
  role_arn: roleArn('role_arn').optional(),
});

/** The setting `deployment`. */
export const DeploymentSettings = Fields.superRefine((settings, issues) => {
  for (const { key, message } of mistakesIn(settings)) issues.addIssue({ code: 'custom', message, path: [key] });
});
export type DeploymentSettings = z.infer<typeof DeploymentSettings>;

/** The settings beside `deployment` on which it depends. */
interface Beside {
  deployment?: DeploymentSettings | undefined;
  gateway?: unknown;
  load_balancer?: { listener_arn?: string | undefined } | undefined;
}

/** Returns what the strategy of a deployment lacks among the other settings, with what to do, or undefined. */
export function strategyMistake({ deployment, gateway, load_balancer }: Beside): string | undefined {
  const { strategy = 'rolling', role_arn } = deployment ?? {};
  if (strategy === 'rolling' || gateway) return undefined;
  if (load_balancer?.listener_arn === undefined) {
    return (
      `strategy ${strategy} needs gateway, or load_balancer.listener_arn with host: ECS shifts requests between two ` +
      'target groups of a listener rule, which there are only there. Set one of them, or strategy rolling'
    );
  }
  if (role_arn !== undefined) return undefined;
  return (
    `strategy ${strategy} with load_balancer.listener_arn needs deployment.role_arn: the role with which ECS changes ` +
    'rules, with the policy AmazonECSInfrastructureRolePolicyForLoadBalancers'
  );
}
