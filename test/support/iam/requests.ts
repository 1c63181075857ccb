/** What IAM decides on: an action on a resource, with the values of condition keys. */
export interface IamRequest {
  action: string;
  resource: string;
  context: Readonly<Record<string, string | string[]>>;
}

/** A call of an SDK: the service and the operation of its `X-Amz-Target`, and its input. */
export interface SdkCall {
  service: Service;
  operation: string;
  input: Record<string, unknown>;
}

export type Service = 'dynamodb' | 'ecs' | 'events' | 'logs';

/** The account, and the tags of its resources. */
export interface Account {
  id: string;
  region: string;
  /** Returns the tags of a resource of ECS by its ARN; empty if it does not exist. */
  tagsOf(arn: string): ReadonlyMap<string, string>;
}

interface Tag {
  key: string;
  value: string;
}

/**
 * Returns the requests that IAM decides on when a call is made. Resources and condition keys are those of the service
 * authorization reference: https://docs.aws.amazon.com/service-authorization/latest/reference/
 * Throws for an operation that it does not know, so that a new call of Berth has to be added.
 */
export function requestsOf({ service, operation, input }: SdkCall, account: Account): IamRequest[] {
  switch (service) {
    case 'dynamodb':
      return [dynamodb(operation, input, account)];
    case 'events':
      return [events(operation, input, account)];
    case 'logs':
      return [logs(operation, input, account)];
    case 'ecs':
      return ecs(operation, input, account);
  }
}

function arnOf(service: string, resource: string, { id, region }: Account): string {
  return `arn:aws:${service}:${region}:${id}:${resource}`;
}

function dynamodb(operation: string, { TableName, IndexName }: Record<string, unknown>, account: Account): IamRequest {
  if (!['GetItem', 'PutItem', 'DeleteItem', 'Query'].includes(operation)) throw unknown('dynamodb', operation);
  const resource = `table/${TableName}${IndexName === undefined ? '' : `/index/${IndexName}`}`;
  return { action: `dynamodb:${operation}`, resource: arnOf('dynamodb', resource, account), context: {} };
}

function events(operation: string, { Entries }: Record<string, unknown>, account: Account): IamRequest {
  if (operation !== 'PutEvents') throw unknown('events', operation);
  const entries = Entries as { EventBusName: string; Source: string; DetailType: string }[];
  const [bus = 'default', ...others] = [...new Set(entries.map(({ EventBusName }) => EventBusName))];
  if (others.length > 0) throw new Error('the entries of one call go to several buses');
  return {
    action: 'events:PutEvents',
    resource: arnOf('events', `event-bus/${bus}`, account),
    context: {
      'events:source': [...new Set(entries.map(({ Source }) => Source))],
      'events:detail-type': [...new Set(entries.map(({ DetailType }) => DetailType))],
    },
  };
}

function logs(operation: string, input: Record<string, unknown>, account: Account): IamRequest {
  if (operation !== 'GetLogEvents') throw unknown('logs', operation);
  const resource = `log-group:${input.logGroupName}:log-stream:${input.logStreamName}`;
  return { action: 'logs:GetLogEvents', resource: arnOf('logs', resource, account), context: {} };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html */
function ecs(operation: string, input: Record<string, unknown>, account: Account): IamRequest[] {
  const clusterArn = String(input.cluster ?? '');
  const cluster = clusterArn.split('/').at(-1);
  const of = (resource: string, context: IamRequest['context'] = {}, action = operation): IamRequest => ({
    action: `ecs:${action}`,
    resource,
    context,
  });
  const inCluster = { 'ecs:cluster': clusterArn };
  const serviceArn = (name: unknown) =>
    String(name).startsWith('arn:') ? String(name) : arnOf('ecs', `service/${cluster}/${name}`, account);
  const owned = (arn: string) => tagContext('ResourceTag', [...account.tagsOf(arn)]);
  const tags = ((input.tags ?? []) as Tag[]).map(({ key, value }): [string, string] => [key, value]);
  const requested = { ...tagContext('RequestTag', tags), 'aws:TagKeys': tags.map(([key]) => key) };
  const tagging = (resource: string, creator: string) =>
    tags.length > 0 ? [of(resource, { ...requested, 'ecs:CreateAction': creator }, 'TagResource')] : [];
  switch (operation) {
    case 'CreateService': {
      const resource = serviceArn(input.serviceName);
      const exec = String(input.enableExecuteCommand ?? false);
      const context = { ...inCluster, ...requested, 'ecs:enable-execute-command': exec };
      return [of(resource, context), ...tagging(resource, operation)];
    }
    case 'UpdateService':
    case 'DeleteService': {
      const resource = serviceArn(input.service);
      return [of(resource, { ...inCluster, ...owned(resource) })];
    }
    case 'DescribeServices':
      return (input.services as string[]).map((name) => of(serviceArn(name), inCluster));
    case 'ListServiceDeployments':
      return [of(serviceArn(input.service), inCluster)];
    case 'DescribeServiceRevisions':
      return (input.serviceRevisionArns as string[]).map((arn) => {
        const [, owner = ''] = /service-revision\/([^/]+)\//.exec(arn) ?? [];
        return of(arn, { 'ecs:cluster': arnOf('ecs', `cluster/${owner}`, account) });
      });
    case 'DescribeTasks':
      return (input.tasks as string[]).map((task) => of(task, inCluster));
    case 'ListTasks':
      return [of(arnOf('ecs', `container-instance/${cluster}/any`, account), inCluster)];
    case 'ListServices':
      return [of('*', inCluster)];
    case 'ListTaskDefinitions':
    case 'ListTaskDefinitionFamilies':
    case 'DescribeTaskDefinition':
    case 'DeregisterTaskDefinition':
      return [of('*')];
    case 'DeleteTaskDefinitions':
      return (input.taskDefinitions as string[]).map((arn) => of(arn, owned(arn)));
    case 'RegisterTaskDefinition': {
      const resource = arnOf('ecs', `task-definition/${input.family}:1`, account);
      const roles = [input.executionRoleArn, input.taskRoleArn].filter((role) => typeof role === 'string');
      const context = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };
      const passing = roles.map((role) => ({ action: 'iam:PassRole', resource: role, context }));
      return [of(resource, requested), ...tagging(resource, operation), ...passing];
    }
    case 'TagResource':
      return [of(String(input.resourceArn), { ...requested, ...owned(String(input.resourceArn)) })];
    case 'UntagResource': {
      const keys = { 'aws:TagKeys': input.tagKeys as string[] };
      return [of(String(input.resourceArn), { ...keys, ...owned(String(input.resourceArn)) })];
    }
    default:
      throw unknown('ecs', operation);
  }
}

function tagContext(source: 'RequestTag' | 'ResourceTag', tags: readonly [string, string][]) {
  return Object.fromEntries(tags.map(([key, value]) => [`aws:${source}/${key}`, value]));
}

function unknown(service: Service, operation: string): Error {
  return new Error(
    `test/support/iam/requests.ts does not know ${service}:${operation}: add its resources and condition keys`,
  );
}
