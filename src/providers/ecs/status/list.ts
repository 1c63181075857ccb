import type { Service } from '@aws-sdk/client-ecs';
import { TENANT_LABEL } from '../../../compute/labels.ts';
import type { HeldTenant } from '../../../compute/provider.ts';
import { chunks, type ProviderContext, pages } from '../provider-context.ts';
import { findOwnRevision } from '../rollout/task-definitions.ts';
import { fromTags, isTenantService, REQUESTED_TAG } from '../tags.ts';
import { describeRollouts, requestedValue } from './observe.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const DESCRIBED_AT_ONCE = 10;

/**
 * Every tenant whose id comes after that one, in the order of ids: those with a service, and those of whom only task
 * definitions are left. Names are cheap, a hundred a call, so all are listed first: ECS gives them in no order that is
 * promised, and its tokens for the next page are not for keeping. What is dear is read in order then, as it is consumed.
 */
export async function* listTenants(
  session: ProviderContext,
  prefix: string,
  after: string,
): AsyncGenerator<HeldTenant> {
  const [services, families] = await Promise.all([listServices(session, prefix), listFamilies(session, prefix)]);
  const names = [...new Set([...services.keys(), ...families])].filter((name) => name > prefix + after).sort();
  for (const part of chunks(names, DESCRIBED_AT_ONCE)) {
    const described = await describeServices(
      session,
      part.flatMap((name) => services.get(name) ?? []),
    );
    for (const name of part) {
      const tenant_id = name.slice(prefix.length);
      const service = described.get(name);
      if (service && isTenantService(fromTags(service.tags), session.provider, tenant_id)) {
        yield { tenant_id, spec_hash: await servingHash(session, service) };
      } else if (families.has(name) && (await isLeftOf(session, name, tenant_id))) {
        yield { tenant_id };
      }
    }
  }
}

/** The ARNs of the services whose names begin so, by name. */
async function listServices(session: ProviderContext, prefix: string): Promise<Map<string, string>> {
  const { cluster_arn: cluster } = session.config;
  const arns = new Map<string, string>();
  for await (const { serviceArns = [] } of pages(session.send, 'ListServices', { cluster, maxResults: 100 })) {
    for (const arn of serviceArns) arns.set(arn.split('/').at(-1) ?? '', arn);
  }
  return new Map([...arns].filter(([name]) => name.startsWith(prefix)));
}

async function listFamilies(session: ProviderContext, prefix: string): Promise<Set<string>> {
  const input = { familyPrefix: prefix, status: 'ALL', maxResults: 100 } as const;
  const names = new Set<string>();
  for await (const { families = [] } of pages(session.send, 'ListTaskDefinitionFamilies', input)) {
    for (const family of families) names.add(family);
  }
  return names;
}

/** Those that are still there, by name. */
async function describeServices(session: ProviderContext, arns: string[]): Promise<Map<string, Service>> {
  if (arns.length === 0) return new Map();
  const { cluster_arn: cluster } = session.config;
  const { services = [] } = await session.send('DescribeServices', { cluster, services: arns, include: ['TAGS'] });
  return new Map(
    services.filter(({ status }) => status !== 'INACTIVE').map((service) => [service.serviceName ?? '', service]),
  );
}

/**
 * What serves. Mostly the tags of the service say it, if it runs what it was asked to; where they do not (after a
 * rollback, or somebody else's update), the task definition is asked.
 */
async function servingHash(session: ProviderContext, service: Service): Promise<string | undefined> {
  const [only, ...more] = service.deployments ?? [];
  if (!only || more.length > 0 || only.rolloutState !== 'COMPLETED') return undefined;
  const tags = fromTags(service.tags);
  const [specHash = ''] = tags[REQUESTED_TAG]?.split('@') ?? [];
  if (tags[REQUESTED_TAG] === requestedValue(specHash, only.taskDefinition ?? '')) return specHash;
  const [rollout] = await describeRollouts(session, { service, tags, own: true });
  return rollout?.specHash;
}

/** A provision or a destroy that was cut short leaves a family without a service. */
async function isLeftOf(session: ProviderContext, family: string, tenantId: string): Promise<boolean> {
  return (await findOwnRevision(session, family))?.tags[TENANT_LABEL] === tenantId;
}
