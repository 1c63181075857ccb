import type { ContainerSpec, ProviderCall } from 'berth/provider';
import type { Allocation, Deployment, NomadApi, NomadJob, PlacementFailure, PortMapping } from './api.ts';
import { type Observation, observe } from './observe.ts';
import { type Facts, servingAllocation } from './status.ts';

/** A job of a tenant as it is now. Without an observation, its record is lost. */
export interface Found {
  job: NomadJob;
  observation: Observation | undefined;
}

/** Reads a job and its deployments; undefined if there is no job. The newest version comes first (api-docs/jobs). */
export async function readTenant(api: NomadApi, id: string, call: ProviderCall): Promise<Found | undefined> {
  const [answer, deployments = []] = await Promise.all([
    api.get<{ Versions: NomadJob[] }>(pathOf(id, 'versions'), call),
    api.get<Deployment[]>(pathOf(id, 'deployments'), call),
  ]);
  const [job] = answer?.Versions ?? [];
  return job && { job, observation: observe(answer?.Versions ?? [], deployments, Date.now()) };
}

/** Reads allocations, and what only calls for one allocation tell: its ports, and the results of its health checks. */
export async function readFacts(
  api: NomadApi,
  id: string,
  observation: Observation,
  call: ProviderCall,
): Promise<Facts> {
  const { current, serving, pending } = observation;
  const [allocations = [], unplaced] = await Promise.all([
    api.get<Allocation[]>(pathOf(id, 'allocations'), call),
    pending ? readUnplaced(api, id, call) : {},
  ]);
  const facts = { allocations, unplaced, ports: new Map<string, PortMapping[]>(), checks: new Map<string, string[]>() };
  const { containers } = (serving ?? pending ?? current).spec;
  const read = async (container: ContainerSpec) => {
    const allocation = servingAllocation(container, facts);
    if (allocation?.ClientStatus !== 'running') return;
    const { ID } = allocation;
    if (container.ports?.length) facts.ports.set(ID, await readPorts(api, ID, call));
    if (container.health_check) facts.checks.set(ID, await readChecks(api, ID, call));
  };
  await Promise.all(containers.map(read));
  return facts;
}

/** api-docs/allocations#read-allocation: the ports that the allocation has on its node. */
async function readPorts(api: NomadApi, allocation: string, call: ProviderCall): Promise<PortMapping[]> {
  type Answer = { AllocatedResources: { Shared: { Ports: PortMapping[] | null } } };
  const answer = await api.get<Answer>(`/allocation/${allocation}`, call);
  return answer?.AllocatedResources.Shared.Ports ?? [];
}

/** `AllocCheckStatuses` in `api/tasks.go`: `success`, `failure` or `pending` of each check. Its node answers. */
async function readChecks(api: NomadApi, allocation: string, call: ProviderCall): Promise<string[]> {
  const checks = await api.get<Record<string, { Status: string }>>(`/client/allocation/${allocation}/checks`, call);
  return Object.values(checks ?? {}).map(({ Status }) => Status);
}

/** Reads which groups no node could take: `FailedTGAllocs` of the newest evaluation that has some (api-docs/jobs). */
async function readUnplaced(api: NomadApi, id: string, call: ProviderCall): Promise<Record<string, PlacementFailure>> {
  type Evaluation = { FailedTGAllocs: Record<string, PlacementFailure> | null; ModifyIndex: number };
  const evaluations = (await api.get<Evaluation[]>(pathOf(id, 'evaluations'), call)) ?? [];
  const newestFirst = evaluations.toSorted((a, b) => b.ModifyIndex - a.ModifyIndex);
  return newestFirst.find(({ FailedTGAllocs }) => FailedTGAllocs)?.FailedTGAllocs ?? {};
}

function pathOf(id: string, detail: string): string {
  return `/job/${encodeURIComponent(id)}/${detail}`;
}
