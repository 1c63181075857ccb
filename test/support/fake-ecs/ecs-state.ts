import type {
  CreateServiceRequest,
  Deployment,
  Service,
  ServiceDeploymentBrief,
  ServiceRevision,
  Tag,
  Task,
  TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { Agenda } from '../agenda.ts';
import type { Tasks } from './tasks.ts';
import type { TokenBucket } from './token-bucket.ts';

/** How long things take, in milliseconds of the state's clock. The defaults are of the order that they take on Fargate. */
export interface Timing {
  /** After which a service that was made is seen by DescribeServices and ListServices. */
  visible: number;
  /** From PROVISIONING to PENDING. */
  provision: number;
  /** From PENDING to RUNNING, or to the failure of the pull. */
  start: number;
  /** From RUNNING to the verdict of a container's health check, or to a crash. */
  check: number;
  /** For which a task without a health check has to run before it counts as up. ECS: 40 s. */
  steady: number;
  /** From the request to stop to STOPPED. */
  stop: number;
  /** Between two attempts to start a task that failed. */
  retry: number;
}

export const fargateTiming: Timing = {
  visible: 1000,
  provision: 10_000,
  start: 20_000,
  check: 10_000,
  steady: 40_000,
  stop: 30_000,
  retry: 5000,
};

/** The SDK's types leave everything out; this is what is always there. */
type With<T, Keys extends keyof T> = T & { [Key in Keys]-?: NonNullable<T[Key]> };

export interface DefinitionRecord {
  definition: With<TaskDefinition, 'taskDefinitionArn' | 'family' | 'revision' | 'status'>;
  tags: Map<string, string>;
}

/** What a deployment runs with: what a new one is made for when it changes. */
export type DeployedSettings = Pick<
  CreateServiceRequest,
  | 'networkConfiguration'
  | 'capacityProviderStrategy'
  | 'launchType'
  | 'platformVersion'
  | 'loadBalancers'
  | 'serviceRegistries'
  | 'serviceConnectConfiguration'
>;

export interface DeploymentRecord {
  deployment: With<Deployment, 'id' | 'status' | 'taskDefinition' | 'failedTasks'>;
  settings: DeployedSettings;
  /** The entry of the history that it began. */
  history: ServiceDeploymentBrief;
}

export interface ServiceRecord {
  service: With<Service, 'serviceArn' | 'serviceName' | 'status' | 'desiredCount' | 'taskDefinition'>;
  cluster: string;
  tags: Map<string, string>;
  /** The newest first. */
  deployments: DeploymentRecord[];
  /** The last one that completed: what a rollback goes back to. */
  completed: (Pick<DeploymentRecord, 'settings'> & { id: string; taskDefinition: string }) | undefined;
  history: ServiceDeploymentBrief[];
  visibleAt: number;
  /** No task is started before. */
  retryAt: number;
  request: CreateServiceRequest;
}

/** What becomes of a task next. */
export type Step = 'pend' | 'start' | 'judge' | 'settle' | 'end' | 'forget';

/** Something that happens at a time: to a task, or a service that tries again to start one. */
export type Due = { at: number } & ({ task: TaskRecord; step: Step } | { service: ServiceRecord });

export interface TaskRecord {
  task: With<Task, 'taskArn' | 'taskDefinitionArn' | 'lastStatus' | 'desiredStatus' | 'startedBy' | 'containers'>;
  service: string;
  cluster: string;
  /** Counts for the service: it runs, and has for long enough or is healthy. */
  isUp: boolean;
  next: { step: Step; at: number } | undefined;
  /** Why it ends, once it is to. */
  end: { reason: string; code: Task['stopCode']; container?: string; exitCode?: number } | undefined;
}

/** Everything an ECS of one account and region holds. */
export interface EcsState {
  account: string;
  region: string;
  /** Where the events have come to; never ahead of `now`. */
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
  families: Map<string, DefinitionRecord[]>;
  /** ARNs of revisions whose deletion was asked for and goes on. */
  deleting: Set<string>;
  /** ARNs of revisions whose deletion is done: their numbers are remembered, they themselves are not shown. */
  purged: Set<string>;
  /** By ARN, the newest of each name. */
  services: Map<string, ServiceRecord>;
  /** By ARN. */
  revisions: Map<string, ServiceRevision>;
  tasks: Tasks;
  agenda: Agenda<Due>;
  /** The request that each token came with first. */
  tokens: Map<string, { request: string; serviceArn: string }>;
  /** How many tasks may be launched; without it, any number. */
  launches: TokenBucket | undefined;
  /** Counts everything that gets a number. */
  counter: number;
}

/** Numbers that look like those of ECS, the same in every run. */
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

export function toTagMap(tags: readonly Tag[] | undefined): Map<string, string> {
  return new Map((tags ?? []).map(({ key = '', value = '' }) => [key, value]));
}

export function toTagList(tags: ReadonlyMap<string, string>): Tag[] {
  return [...tags].map(([key, value]) => ({ key, value }));
}

export function findDefinition(state: EcsState, taskDefinitionArn: string): DefinitionRecord | undefined {
  const [, family = ''] = /\/([^/]+):[0-9]+$/.exec(taskDefinitionArn) ?? [];
  return state.families.get(family)?.find(({ definition }) => definition.taskDefinitionArn === taskDefinitionArn);
}

/** Says what becomes of a task next, and when; nothing else does then. */
export function schedule(state: EcsState, task: TaskRecord, step: Step, after: number): void {
  const at = state.at + after;
  task.next = { step, at };
  state.agenda.push({ at, task, step });
}
