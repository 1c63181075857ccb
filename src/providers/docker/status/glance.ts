import type Docker from 'dockerode';
import { TENANT_LABEL } from '../../../compute/labels.ts';
import type { Glance } from '../../../compute/provider.ts';
import { isTenants, LABEL, ownedFilter } from '../labels.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type Instance, isSameInstance } from '../records/record.ts';
import { latestRecord } from '../records/record-store.ts';

/**
 * Looks at tenants with two calls for all of them. A list of containers has their states, the verdicts of their health
 * checks and how long they run, all as the engine's own words, but not how often they were restarted: a container that has
 * run for less than ten seconds may have been, so its tenant is not well until its status was read.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerList
 */
export async function glanceAt(context: ProviderContext, tenantIds: readonly string[]): Promise<Glance[]> {
  const { engine, store, provider } = context;
  const containers = await engine.listContainers(ownedFilter(provider));
  const volumes = await store.listVolumes(); // last, as in `readEngineState`
  const byTenant = {
    containers: Map.groupBy(containers, ({ Labels }) => Labels[TENANT_LABEL] ?? ''),
    volumes: Map.groupBy(volumes, ({ labels }) => labels[TENANT_LABEL] ?? ''),
  };
  return tenantIds.flatMap((tenant_id) => {
    const held = byTenant.containers.get(tenant_id) ?? [];
    const own = held.filter(({ Labels }) => isTenants(Labels, tenant_id, context));
    const records = byTenant.volumes.get(tenant_id) ?? [];
    if (own.length + records.length === 0) return [];
    const { serving, destroying } = latestRecord(records)?.record ?? {};
    const isServing = serving !== undefined && !destroying;
    return { tenant_id, is_well: isServing && serving.instances.every((instance) => isWell(instance, own)) };
  });
}

function isWell(instance: Instance, containers: readonly Docker.ContainerInfo[]): boolean {
  if (instance.completed) return true;
  const ofInstance = containers.filter(({ Labels }) => isSameInstance(instanceOf(Labels), instance));
  const container = ofInstance.find(({ Labels }) => Labels[LABEL.role] !== 'probe');
  const probe = ofInstance.find(({ Labels }) => Labels[LABEL.role] === 'probe');
  if (!container || !isSteady(container)) return false;
  const isChecked = Number(container.Labels[LABEL.threshold] ?? 0) > 0;
  return !isChecked || (probe ?? container).Status.includes('(healthy)');
}

function instanceOf(labels: Docker.ContainerInfo['Labels']): Instance {
  return { container: labels[LABEL.container] ?? '', number: Number(labels[LABEL.number] ?? 0), digest: '' };
}

/** The engine's words for a container that has run for less than ten seconds, such as `Up 3 seconds`. */
const YOUNG = /^Up (?:Less than a second|\d seconds?)\b/i;

function isSteady({ State: state, Status: status }: Docker.ContainerInfo): boolean {
  return state === 'running' && !YOUNG.test(status) && !status.includes('(unhealthy)') && !status.includes('(Paused)');
}
