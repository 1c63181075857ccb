import type { Service } from '@aws-sdk/client-ecs';
import { INSTALLATION_LABEL, isOwned, TENANT_LABEL } from '../../../compute/labels.ts';
import type { HeldTenant } from '../../../compute/provider.ts';
import { groupPrefix } from '../address/hosts.ts';
import { listGroups } from '../address/target-group.ts';
import { chunks, pages } from '../api/responses.ts';
import { resourceName } from '../names.ts';
import type { ProviderContext } from '../provider-context.ts';
import { fromTags, isTenantService, REQUESTED_TAG, requestedHash, type TagMap } from '../tags.ts';
import { leftVolumes } from '../volumes/tenant-volumes.ts';
import { describeRollouts } from './observe.ts';
import { findOwnRevision } from './revisions.ts';
import { stoppedRun } from './run-state.ts';
import { isSettled } from './service.ts';
import { SettingsPace } from './settings-pace.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const MAX_DESCRIBED = 10;

/**
 * Yields the tenants with an id greater than `after`, ordered by id: those with a service, and those of which only task
 * definitions are left.
 *
 * All names are listed first, at a hundred per call. ECS guarantees no order, and its page tokens expire, so a resumable
 * list cannot rely on either. Descriptions are expensive and are fetched in order, as the list is consumed.
 */
export async function* listTenants(
  context: ProviderContext,
  prefix: string,
  after: string,
): AsyncGenerator<HeldTenant> {
  const [services, families] = await Promise.all([listServices(context, prefix), listFamilies(context, prefix)]);
  const hosts = await listHosts(context, prefix, new Set([...services.keys(), ...families]));
  const volumes = await listVolumes(context, prefix);
  const all = [...new Set([...services.keys(), ...families, ...hosts.keys(), ...volumes.keys()])];
  const names = all.filter((name) => name > prefix + after).sort();
  const pace = new SettingsPace(all.length, context.settingsDigest);
  for (const part of chunks(names, MAX_DESCRIBED)) {
    const arns = part.flatMap((name) => services.get(name) ?? []);
    const described = await describeServices(context, arns);
    for (const name of part) {
      const tenant_id = name.slice(prefix.length);
      const service = described.get(name);
      const tags = fromTags(service?.tags);
      if (service && isTenantService(tags, context.provider, tenant_id)) {
        const spec_hash = await servingHash(context, service);
        const isStopped = stoppedRun(service, tags) !== undefined;
        // A stopped service gets the settings when it is started.
        const isDue = !isStopped && pace.admits(service, spec_hash);
        yield {
          tenant_id,
          spec_hash,
          ...(isDue && { has_open_steps: true }),
          ...(isStopped && { is_stopped: true }),
          ...installationOf(tags),
        };
      } else if (families.has(name)) {
        // An interrupted provision or destroy leaves a family without a service.
        const left = await findOwnRevision(context, name);
        if (left?.tags[TENANT_LABEL] === tenant_id) yield { tenant_id, ...installationOf(left.tags) };
      } else {
        const left = hosts.get(name) ?? volumes.get(name);
        if (left) yield { tenant_id, ...installationOf(left) };
      }
    }
  }
}

/** Returns the ARNs of the services with the prefix, by name. */
async function listServices({ send, settings }: ProviderContext, prefix: string): Promise<Map<string, string>> {
  const input = { cluster: settings.cluster_arn, maxResults: 100 };
  const arns = new Map<string, string>();
  for await (const { serviceArns = [] } of pages(send, 'ListServices', input)) {
    for (const arn of serviceArns) {
      const name = arn.split('/').at(-1) ?? '';
      if (name.startsWith(prefix)) arns.set(name, arn);
    }
  }
  return arns;
}

async function listFamilies({ send }: ProviderContext, prefix: string): Promise<Set<string>> {
  const input = { familyPrefix: prefix, status: 'ALL', maxResults: 100 } as const;
  const names = new Set<string>();
  for await (const { families = [] } of pages(send, 'ListTaskDefinitionFamilies', input)) {
    for (const family of families) names.add(family);
  }
  return names;
}

/** Returns the tags of target groups of tenants that have nothing else, by the name that their services would have. */
async function listHosts(
  context: ProviderContext,
  prefix: string,
  known: ReadonlySet<string>,
): Promise<Map<string, TagMap>> {
  const { settings, provider } = context;
  if (settings.load_balancer?.listener_arn === undefined) return new Map();
  const prefixes = new Set([...known].map((name) => groupPrefix(settings.cluster_arn, name)));
  const groups = await listGroups(context, (name) => !prefixes.has(name.slice(0, name.lastIndexOf('-') + 1)));
  return new Map(
    groups.flatMap(({ name, tags }) => {
      const tenantId = tags[TENANT_LABEL] ?? '';
      const service = resourceName(prefix, tenantId);
      const isOurs = isOwned(tags, provider) && name.startsWith(groupPrefix(settings.cluster_arn, service));
      return isOurs ? [[service, tags] as const] : [];
    }),
  );
}

/** Returns the tags of volumes that are not retained, by the name that the service of their tenant would have. */
async function listVolumes(context: ProviderContext, prefix: string): Promise<Map<string, TagMap>> {
  const left = await leftVolumes(context);
  return new Map([...left].map(([tenantId, tags]) => [resourceName(prefix, tenantId), tags]));
}

/** Returns the services that still exist, by name. */
async function describeServices({ send, settings }: ProviderContext, arns: string[]): Promise<Map<string, Service>> {
  if (arns.length === 0) return new Map();
  const input = { cluster: settings.cluster_arn, services: arns, include: ['TAGS' as const] };
  const { services = [] } = await send('DescribeServices', input);
  return new Map(
    services.filter(({ status }) => status !== 'INACTIVE').map((service) => [service.serviceName ?? '', service]),
  );
}

/**
 * Returns the hash of the serving specification, if no rollout is in progress. The tags of the service suffice if it runs
 * what was requested last. After a rollback or an update by others, the task definition is read.
 */
async function servingHash(context: ProviderContext, service: Service): Promise<string | undefined> {
  const [only, ...more] = service.deployments ?? [];
  if (!only || more.length > 0 || !isSettled(only)) return undefined;
  const tags = fromTags(service.tags);
  const requested = requestedHash(tags[REQUESTED_TAG], only.taskDefinition ?? '');
  if (requested !== undefined) return requested;
  const [rollout] = await describeRollouts(context, { service, tags, own: true });
  return rollout?.specHash;
}

function installationOf({ [INSTALLATION_LABEL]: installation }: TagMap): { installation?: string } {
  return installation === undefined ? {} : { installation };
}
