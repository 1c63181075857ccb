import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Allocation, Deployment, NomadJob, TaskGroup, TaskState } from '../src/api.ts';

/*
 * What Nomad's servers and clients do with a job, in steps: evaluate, place, start tasks, judge the deployment. Each rule
 * names the file of https://github.com/hashicorp/nomad that it follows. Images choose what a task does: `broken` cannot be
 * pulled, `crash` ends with code 3, `oom` needs too much memory, `huge` fits on no node, `stuck` never starts, `sick` runs
 * and fails its health check, and all others become healthy.
 */

interface FakeDeployment extends Deployment {
  /** Numbers of instances and canaries by group. */
  groups: Record<string, { total: number; canaries: number; promoted: boolean }>;
}

interface FakeAllocation extends Allocation {
  ports: { Label: string; Value: number; HostIP: string }[];
  image: string;
  unhealthy: boolean;
  deployment: string | undefined;
}

export interface FakeJob {
  createIndex: number;
  versions: NomadJob[];
  deployments: FakeDeployment[];
  allocations: FakeAllocation[];
  evaluations: { ModifyIndex: number; FailedTGAllocs: object | null }[];
  isEvaluated: boolean;
}

export interface Cluster {
  index: number;
  jobs: Map<string, FakeJob>;
}

export function newCluster(): Cluster {
  return { index: 10, jobs: new Map() };
}

/** Fields that the server sets. A job without other changes is no new version: `SpecChanged`, `nomad/structs/structs.go`. */
const OF_SERVER = ['Version', 'JobModifyIndex', 'SubmitTime', 'Stable', 'Stop'] as const;

export function register(cluster: Cluster, given: NomadJob): NomadJob {
  cluster.index += 1;
  const found = cluster.jobs.get(given.ID);
  const job = found ?? {
    createIndex: cluster.index,
    versions: [],
    deployments: [],
    allocations: [],
    evaluations: [],
    isEvaluated: true,
  };
  cluster.jobs.set(given.ID, job);
  job.isEvaluated = false;
  const [before] = job.versions;
  if (before && isDeepStrictEqual(specOf(before), specOf(given)) && !before.Stop) return before;
  const version = {
    ...structuredClone(specOf(given)),
    Version: (before?.Version ?? -1) + 1,
    JobModifyIndex: cluster.index,
    SubmitTime: Date.now() * 1e6,
    Stable: false,
    Stop: false,
  } as NomadJob;
  job.versions.unshift(version);
  return version;
}

function specOf(job: NomadJob): NomadJob {
  return { ...job, ...Object.fromEntries(OF_SERVER.map((field) => [field, undefined])) };
}

/** Advances a job by one step. */
export function advance(cluster: Cluster, job: FakeJob): void {
  if (!job.isEvaluated) evaluate(cluster, job);
  else if (!startTasks(job)) judgeDeployment(cluster, job);
}

const newest = ({ versions: [job] }: FakeJob): NomadJob => job ?? { ID: '', Meta: null, TaskGroups: [] };

/** `scheduler/reconcile.go`: `computeGroup`, `cancelUnneededDeployments`, `cancelUnneededCanaries`. */
function evaluate(cluster: Cluster, job: FakeJob): void {
  const version = newest(job);
  const number = version.Version ?? 0;
  job.isEvaluated = true;
  for (const one of job.deployments) {
    if (one.Status !== 'running' || one.JobVersion === number) continue;
    Object.assign(one, { Status: 'cancelled', StatusDescription: 'Cancelled due to newer version of job' });
  }
  let deployment = job.deployments.find(({ JobVersion }) => JobVersion === number);
  const groups: FakeDeployment['groups'] = {};
  const id = deployment?.ID ?? randomUUID();
  for (const one of job.allocations.filter(isDesired)) {
    const group = version.TaskGroups.find(({ Name }) => Name === one.TaskGroup);
    const isOldCanary = one.DeploymentStatus?.Canary && one.JobVersion !== number;
    if (!group || version.Stop || isOldCanary) one.DesiredStatus = 'stop';
  }
  for (const group of version.Stop ? [] : version.TaskGroups) {
    const state = reconcileGroup(cluster, job, version, group, id);
    // A group of no instances takes no part: `dstate.DesiredTotal != 0`.
    if (state && group.Count > 0) groups[group.Name] = state;
  }
  if (deployment || Object.keys(groups).length === 0) return;
  deployment = { ID: id, JobVersion: number, Status: 'running', StatusDescription: 'Deployment is running', groups };
  job.deployments.unshift(deployment);
}

function reconcileGroup(cluster: Cluster, job: FakeJob, version: NomadJob, group: TaskGroup, deployment: string) {
  const number = version.Version ?? 0;
  const own = job.allocations.filter(
    (one) => isDesired(one) && one.TaskGroup === group.Name && !one.DeploymentStatus?.Canary,
  );
  for (const one of own.slice(group.Count)) one.DesiredStatus = 'stop';
  const kept = own.slice(0, group.Count);
  const outdated = kept.filter(({ JobVersion }) => JobVersion !== number);
  const destructive = outdated.filter(({ JobVersion }) => {
    const old = job.versions.find(({ Version }) => Version === JobVersion);
    return !old || isUpdated(old, version, group.Name);
  });
  for (const one of outdated.filter((each) => !destructive.includes(each))) {
    // In place: the allocation stays, and has to prove its health to the new deployment.
    Object.assign(one, { JobVersion: number, deployment, DeploymentStatus: null });
  }
  const isHeld = job.deployments.find(({ ID }) => ID === deployment)?.groups[group.Name];
  const canaries =
    destructive.length > 0 && !isHeld?.promoted ? Number((group.Update as { Canary?: number })?.Canary ?? 0) : 0;
  const placed = job.allocations.filter(
    (one) => isDesired(one) && one.TaskGroup === group.Name && one.DeploymentStatus?.Canary,
  );
  for (let at = placed.length; at < canaries; at += 1) place(cluster, job, version, group, deployment, true);
  if (canaries === 0) for (const one of destructive) one.DesiredStatus = 'stop';
  const missing = group.Count - kept.length + (canaries === 0 ? destructive.length : 0);
  for (let at = 0; at < missing; at += 1) place(cluster, job, version, group, deployment, false);
  return { total: group.Count, canaries, promoted: false };
}

/** `tasksUpdated` in `scheduler/util.go`: services and counts change in place. Meta of job and group is also the task's. */
function isUpdated(old: NomadJob, version: NomadJob, name: string): boolean {
  const partsOf = (job: NomadJob) => {
    const group = job.TaskGroups.find(({ Name }) => Name === name);
    const tasks = group?.Tasks.map(({ Services: _, ...task }) => task);
    return { tasks, networks: group?.Networks, meta: { ...job.Meta, ...group?.Meta } };
  };
  return !isDeepStrictEqual(partsOf(old), partsOf(version));
}

function place(
  cluster: Cluster,
  job: FakeJob,
  version: NomadJob,
  group: TaskGroup,
  deployment: string,
  Canary: boolean,
): void {
  cluster.index += 1;
  const { image = '' } = (group.Tasks[0]?.Config ?? {}) as { image?: string };
  if (image.startsWith('huge')) {
    const failure = { NodesEvaluated: 3, DimensionExhausted: { memory: 3 }, ConstraintFiltered: null };
    job.evaluations.unshift({ ModifyIndex: cluster.index, FailedTGAllocs: { [group.Name]: failure } });
    return;
  }
  const networks = (group.Networks ?? []) as { DynamicPorts: { Label: string }[] }[];
  const labels = networks.flatMap(({ DynamicPorts }) => DynamicPorts.map(({ Label }) => Label));
  job.allocations.push({
    ID: randomUUID(),
    TaskGroup: group.Name,
    JobVersion: version.Version ?? 0,
    DesiredStatus: 'run',
    ClientStatus: 'pending',
    DeploymentStatus: Canary ? { Healthy: null, Canary } : null,
    TaskStates: null,
    CreateIndex: cluster.index,
    ports: labels.map((Label, at) => ({
      Label,
      Value: 20_000 + ((cluster.index * 10 + at) % 12_000),
      HostIP: '10.0.0.5',
    })),
    image,
    unhealthy: image.startsWith('sick'),
    deployment,
  });
}

const isDesired = ({ DesiredStatus }: Allocation) => DesiredStatus === 'run';

/** Events and their details: `client/allocrunner/taskrunner`, `NewTaskEvent` in `nomad/structs/structs.go`. */
const ENDS: Record<string, TaskState['Events']> = {
  broken: [
    { Type: 'Driver Failure', DisplayMessage: 'Failed to pull `broken`: not found', Details: {} },
    { Type: 'Not Restarting', DisplayMessage: 'Exceeded allowed attempts', Details: {} },
  ],
  crash: [
    {
      Type: 'Terminated',
      DisplayMessage: 'Exit Code: 3',
      Details: { exit_code: '3', oom_killed: 'false', signal: '0' },
    },
  ],
  oom: [
    {
      Type: 'Terminated',
      DisplayMessage: 'OOM Killed',
      Details: { exit_code: '137', oom_killed: 'true', signal: '9' },
    },
  ],
};

/** Nodes start and end tasks. Returns whether anything changed. */
function startTasks(job: FakeJob): boolean {
  let changed = false;
  for (const one of job.allocations) {
    const before = `${one.ClientStatus} ${one.DeploymentStatus?.Healthy}`;
    runTask(one);
    changed ||= before !== `${one.ClientStatus} ${one.DeploymentStatus?.Healthy}`;
  }
  return changed;
}

function runTask(one: FakeAllocation): void {
  const [behaviour = ''] = one.image.split(':');
  const ended = ENDS[behaviour];
  const isAlive = one.ClientStatus === 'pending' || one.ClientStatus === 'running';
  const Canary = one.DeploymentStatus?.Canary ?? false;
  const tell = (State: TaskState['State'], Events: TaskState['Events'] = []) => {
    one.TaskStates = { [one.TaskGroup]: { State, Failed: Events.length > 0, Restarts: Events.length, Events } };
  };
  if (one.DesiredStatus === 'stop') {
    if (isAlive) one.ClientStatus = 'complete';
    if (isAlive) tell('dead');
  } else if (one.ClientStatus === 'pending' && ended) {
    one.ClientStatus = 'failed';
    one.DeploymentStatus = { Healthy: false, Canary };
    tell('dead', ended);
  } else if (one.ClientStatus === 'pending' && behaviour !== 'stuck') {
    one.ClientStatus = 'running';
    tell('running');
  } else if (one.ClientStatus === 'running' && one.DeploymentStatus?.Healthy === undefined) {
    one.DeploymentStatus = { Healthy: !one.unhealthy, Canary };
  } else if (one.ClientStatus === 'running' && one.DeploymentStatus?.Healthy === null) {
    one.DeploymentStatus = { Healthy: !one.unhealthy, Canary };
  }
}

/** `nomad/deploymentwatcher/deployment_watcher.go`: fails, reverts (`latestStableJob`), promotes and ends a deployment. */
function judgeDeployment(cluster: Cluster, job: FakeJob): void {
  const deployment = job.deployments.find(({ Status }) => Status === 'running');
  if (!deployment) return;
  const own = job.allocations.filter((one) => isDesired(one) && one.JobVersion === deployment.JobVersion);
  if (own.some(({ DeploymentStatus }) => DeploymentStatus?.Healthy === false)) {
    failDeployment(cluster, job, deployment);
    return;
  }
  const groups = Object.entries(deployment.groups);
  const isHealthy = ([name, { total, canaries, promoted }]: (typeof groups)[number]) => {
    const healthy = own.filter(({ TaskGroup, DeploymentStatus }) => TaskGroup === name && DeploymentStatus?.Healthy);
    return healthy.length >= (promoted ? total : Math.max(canaries, canaries ? 0 : total));
  };
  const unpromoted = groups.filter(([, { canaries, promoted }]) => canaries > 0 && !promoted);
  // `autoPromoteDeployment`: all groups with canaries at once, and groups without are skipped.
  if (unpromoted.length > 0 && unpromoted.every(isHealthy)) {
    for (const [, state] of unpromoted) state.promoted = true;
    for (const one of own) if (one.DeploymentStatus) one.DeploymentStatus.Canary = false;
    const outdated = job.allocations.filter(({ JobVersion }) => JobVersion !== deployment.JobVersion);
    for (const one of outdated) one.DesiredStatus = 'stop';
    return;
  }
  if (unpromoted.length > 0 || !groups.every(isHealthy)) return;
  Object.assign(deployment, { Status: 'successful', StatusDescription: 'Deployment completed successfully' });
  const version = job.versions.find(({ Version }) => Version === deployment.JobVersion);
  if (version) version.Stable = true;
}

function failDeployment(cluster: Cluster, job: FakeJob, deployment: FakeDeployment): void {
  const stable = job.versions.find(({ Stable }) => Stable);
  const how = stable ? `rolling back to job version ${stable.Version}` : 'no stable job version to auto revert to';
  Object.assign(deployment, { Status: 'failed', StatusDescription: `Failed due to unhealthy allocations - ${how}` });
  if (stable) register(cluster, stable);
}
