import type { ScalableTarget, ScalingPolicy } from '@aws-sdk/client-application-auto-scaling';
import type * as sdk from '@aws-sdk/client-ecs';
import type { Agenda } from '../agenda.ts';
import type { FilesState } from '../fake-efs/efs-operations.ts';
import type { BalancingState } from './balancing-operations.ts';
import type { GatewayRecord, RouteRecord } from './gateway-operations.ts';
import type { Step, TaskRecord, Tasks, With } from './tasks.ts';
import type { TokenBucket } from './token-bucket.ts';
import type { Shift } from './traffic-shift.ts';

/** Durations in milliseconds. The defaults have the magnitude of Fargate's. */
export interface Timing {
  /** From the creation of a service until DescribeServices and ListServices show it. */
  visible: number;
  /** From PROVISIONING to PENDING. */
  provision: number;
  /** From PENDING to RUNNING, or to the failure of the pull. */
  start: number;
  /** From RUNNING to the first result of a health check, or to a crash. */
  check: number;
  /** From RUNNING until a task without a health check counts as up. ECS: 40 s. */
  steady: number;
  /** From the stop request to STOPPED. */
  stop: number;
  /** From a failed task to the next attempt. */
  retry: number;
  /** From a connector to the ACTIVE route of its gateway. */
  route: number;
}

export const fargateTiming: Timing = {
  visible: 1000,
  provision: 10_000,
  start: 20_000,
  check: 10_000,
  steady: 40_000,
  stop: 30_000,
  retry: 5000,
  route: 60_000,
};

export interface DefinitionRecord {
  definition: With<sdk.TaskDefinition, 'taskDefinitionArn' | 'family' | 'revision' | 'status'>;
  tags: Map<string, string>;
}

/** The settings of a deployment: a change of one of them begins a new deployment. */
export type DeployedSettings = Pick<
  sdk.CreateServiceRequest,
  | 'networkConfiguration'
  | 'capacityProviderStrategy'
  | 'launchType'
  | 'platformVersion'
  | 'loadBalancers'
  | 'serviceRegistries'
  | 'serviceConnectConfiguration'
  | 'gatewayConnectors'
>;

/** The fields of `DeployedSettings`, all unset. */
export const noSettings: Record<keyof DeployedSettings, undefined> = {
  networkConfiguration: undefined,
  capacityProviderStrategy: undefined,
  launchType: undefined,
  platformVersion: undefined,
  loadBalancers: undefined,
  serviceRegistries: undefined,
  serviceConnectConfiguration: undefined,
  gatewayConnectors: undefined,
};

export interface DeploymentRecord {
  deployment: With<sdk.Deployment, 'id' | 'status' | 'taskDefinition' | 'failedTasks'>;
  settings: DeployedSettings;
  /** Its entry in the history. */
  history: sdk.ServiceDeploymentBrief;
  /** Undefined for a rolling deployment. */
  shift: Shift | undefined;
}

export interface ServiceRecord {
  service: With<sdk.Service, 'serviceArn' | 'serviceName' | 'status' | 'desiredCount' | 'taskDefinition'>;
  cluster: string;
  tags: Map<string, string>;
  /** The newest first. */
  deployments: DeploymentRecord[];
  /** The deployment that completed last, which a rollback returns to. */
  completed:
    | (Pick<DeploymentRecord, 'settings'> & { id: string; taskDefinition: string; group: string | undefined })
    | undefined;
  history: sdk.ServiceDeploymentBrief[];
  /** By ARN of the service deployment. */
  shifts: Map<string, Shift>;
  visibleAt: number;
  /** No task starts before this time. */
  retryAt: number;
  request: sdk.CreateServiceRequest;
}

/** An event that is due: a task's next step, or a service's next attempt to start a task or next stage (`wakes`). */
export type Due = { at: number } & ({ task: TaskRecord; step: Step } | { service: ServiceRecord; wakes?: true });

/** The state of ECS in one account and region. */
export interface EcsState {
  account: string;
  region: string;
  /** The time of the event being processed, which never exceeds `now`. */
  at: number;
  now: () => number;
  timing: Timing;
  clusters: Set<string>;
  subnets: Set<string>;
  securityGroups: Set<string>;
  /** By ARN. */
  roles: Set<string>;
  namespaces: Set<string>;
  targetGroups: Set<string>;
  /** By ARN. */
  gateways: Map<string, GatewayRecord>;
  /** By ARN. */
  routes: Map<string, RouteRecord>;
  balancing: BalancingState;
  files: FilesState;
  /** The VPC of the subnets. */
  vpc: string;
  capacityProviders: Set<string>;
  families: Map<string, DefinitionRecord[]>;
  /** ARNs of revisions with a deletion in progress. */
  deleting: Set<string>;
  /** ARNs of deleted revisions. Their numbers are not reused, and no operation shows them. */
  purged: Set<string>;
  /** By ARN: the newest service of each name. */
  services: Map<string, ServiceRecord>;
  /** By ARN. */
  revisions: Map<string, sdk.ServiceRevision>;
  /** Names of the alarms that are in ALARM: a test adds them. */
  alarms: Set<string>;
  /** Ids of deployments whose tasks crash, whatever their images are: a test adds them. */
  broken: Set<string>;
  /** By resource id: the scalable targets of Application Auto Scaling, with their policies by name. */
  targets: Map<string, { target: ScalableTarget; policies: Map<string, ScalingPolicy> }>;
  tasks: Tasks;
  agenda: Agenda<Due>;
  /** The first request of each client token. */
  tokens: Map<string, { request: string; serviceArn: string }>;
  /** Limits task launches, if set. */
  launches: TokenBucket | undefined;
  /** The last number that was assigned. */
  counter: number;
}

/** Returns an id of the length that ECS uses, equal in every run. */
export function nextId(state: EcsState, length: number): string {
  state.counter += 1;
  return String(state.counter).padStart(length, '0');
}

export function arn(state: EcsState, resource: string): string {
  return `arn:aws:ecs:${state.region}:${state.account}:${resource}`;
}

export function date(milliseconds: number): Date {
  return new Date(milliseconds);
}

export function toTagMap(tags: readonly sdk.Tag[] | undefined): Map<string, string> {
  return new Map((tags ?? []).map(({ key = '', value = '' }) => [key, value]));
}

export function toTagList(tags: ReadonlyMap<string, string>): sdk.Tag[] {
  return [...tags].map(([key, value]) => ({ key, value }));
}

export function findDefinition(state: EcsState, taskDefinitionArn: string): DefinitionRecord | undefined {
  const [, family = ''] = /\/([^/]+):[0-9]+$/.exec(taskDefinitionArn) ?? [];
  return state.families.get(family)?.find(({ definition }) => definition.taskDefinitionArn === taskDefinitionArn);
}

/** Schedules the next step of a task, which replaces the one before. */
export function schedule(state: EcsState, task: TaskRecord, step: Step, after: number): void {
  const at = state.at + after;
  task.next = { step, at };
  state.agenda.push({ at, task, step });
}
