/** An explanation of a text from AWS. */
export interface Diagnosis {
  /** What is wrong. */
  summary?: string;
  /** What to do next. */
  hint?: string;
  /** True if the same call may succeed later without a change. */
  retryable?: boolean;
}

/*
 * Texts of errors, of stopped tasks and of service events. Sources:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html (events),
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html (stopped tasks),
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html (errors),
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html (logs).
 * The first match wins.
 */
const known: readonly (Required<Pick<Diagnosis, 'summary' | 'hint'>> & Diagnosis & { when: RegExp; and?: RegExp })[] = [
  {
    when: /ClusterNotFoundException/,
    summary: 'the ECS cluster does not exist',
    hint: 'The operator has to correct cluster_arn in the defaults of this provider.',
  },
  {
    when: /InvalidSubnetID|subnet ID '[^']*' does not exist/i,
    summary: 'a subnet does not exist',
    hint: 'Correct subnets: they must exist in the region and the VPC of the cluster.',
  },
  {
    when: /InvalidGroup|security group '[^']*' does not exist/i,
    summary: 'a security group does not exist',
    hint: 'Correct security_groups: they must exist in the VPC of the subnets.',
  },
  {
    when: /Role is not valid/i,
    summary: 'a role does not exist, or ECS tasks may not assume it',
    hint: 'Check execution_role_arn and task_role_arn, and that both trust ecs-tasks.amazonaws.com.',
  },
  {
    when: /unable to assume the role/i,
    summary: 'ECS may not assume the role of the task',
    hint: 'Let the role trust ecs-tasks.amazonaws.com.',
  },
  {
    when: /iam:PassRole/i,
    and: /AccessDenied/i,
    summary: 'Berth may not pass this role to tasks',
    hint: 'The operator has to allow iam:PassRole on the role, or choose another role.',
  },
  {
    when: /AccessDenied|UnauthorizedException|not authorized to perform/i,
    summary: 'Berth lacks a permission in AWS',
    hint: 'The operator has to grant the permissions listed in docs/providers/ecs.md.',
  },
  {
    when: /UnrecognizedClient|InvalidClientTokenId|(?:Invalid|Incomplete)Signature|CredentialsProvider|load credentials/i,
    summary: 'there are no valid credentials for ECS',
    hint: 'The operator has to give Berth credentials of the account that the cluster is in.',
  },
  {
    when: /Capacity is unavailable|RESOURCE:|CapacityProviderReservation|no container instance met all/i,
    summary: 'there is no capacity for the tasks now',
    hint: 'Try later or ask for smaller resources. The operator can add subnets of other zones or other capacity providers.',
    retryable: true,
  },
  {
    when: /LimitExceeded|reached the limit on|above your limit|quota|maximum number of/i,
    summary: 'a quota of the AWS account is exceeded',
    hint: 'Destroy tenants that are no longer needed, or let the operator request a higher quota of ECS or Fargate.',
  },
  {
    when: /CannotPull(?:ECR)?Container|failed to resolve ref|pull access denied|manifest unknown/i,
    summary: 'an image does not exist or may not be pulled',
    hint: 'Check the name and tag, that the execution role may pull the image, and that the subnets reach the registry.',
  },
  {
    when: /ResourceInitializationError/i,
    and: /secret|asm|ssm|parameter/i,
    summary: 'a secret cannot be read',
    hint: 'Check that it exists, that the execution role may read it, and that the subnets reach its service.',
  },
  {
    when: /ResourceInitializationError/,
    summary: 'a task could not be prepared',
    hint: 'Check that the subnets reach ECR, CloudWatch Logs and Secrets Manager, and that log_group exists.',
  },
  {
    when: /OutOfMemory/i,
    summary: 'a container exceeded its memory',
    hint: 'Ask for more memory in resources.',
  },
  {
    when: /failed container health checks/i,
    summary: 'a container failed its health check',
    hint: 'Check its health check and its logs. Raise health_check_start_seconds if it needs time to start.',
  },
  {
    when: /failed ELB health checks/i,
    summary: 'the load balancer found a task unhealthy',
    hint: 'Check the health check of the target group, and raise load_balancer.health_check_grace_seconds.',
  },
  {
    when: /CannotStartContainer|exec format error/i,
    summary: 'a container could not be started',
    hint: 'Check its command, and that cpu_architecture matches the image.',
  },
  {
    when: /Essential container in task exited/i,
    summary: 'a container exited',
    hint: 'Look for the reason in its logs. Containers have to run for as long as the tenant does.',
  },
  {
    when: /service linked role/i,
    summary: 'the account lacks the service-linked role of ECS',
    hint: 'The operator has to run: aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com',
    retryable: true,
  },
  {
    when: /target ?group/i,
    summary: 'the target group cannot be used',
    hint: 'Check that it exists, has targets of type ip, and that its load balancer is in the VPC of the subnets.',
  },
  {
    when: /log group does not exist/i,
    summary: 'the log group does not exist',
    hint: 'The operator has to create the log group that log_group names, or to correct log_group.',
  },
  {
    when: /NamespaceNotFound/,
    summary: 'the Cloud Map namespace does not exist',
    hint: 'The operator has to correct service_connect.namespace.',
  },
  {
    when: /PlatformUnknown|PlatformTaskDefinitionIncompatibility/,
    summary: 'the platform version does not suit the task',
    hint: 'The operator has to correct platform_version, or to leave it out.',
  },
  {
    when: /TaskDefinition is inactive|Unable to describe task definition|TaskDefinition not found/i,
    summary: 'the task definition does not exist any more',
    hint: 'Try again. If task_definition_arn is set, check that it exists and is active.',
    retryable: true,
  },
];

/** Explains a text from AWS. Returns an empty diagnosis for an unknown text. */
export function diagnose(text: string): Diagnosis {
  return known.find(({ when, and }) => when.test(text) && (and?.test(text) ?? true)) ?? {};
}
