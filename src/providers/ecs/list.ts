import type { Service } from '@aws-sdk/client-ecs';
import { isOwned, TENANT_LABEL } from '../../compute/labels.ts';
import type { HeldTenant } from '../../compute/provider.ts';
import { resourceName } from './names.ts';
import { describeRollouts, requestedValue } from './observe.ts';
import { chunks, pages, type Session } from './session.ts';
import { fromTags, REQUESTED_TAG } from './tags.ts';
import { findOwnRevision } from './task-definitions.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const DESCRIBED_AT_ONCE = 10;

/** Every tenant with a service, and then those of whom only task definitions are left. */
export async function* listTenants(session: Session, prefix: string): AsyncGenerator<HeldTenant> {
  const seen = new Set<string>();
  for await (const tenant of tenantsWithService(session, prefix)) {
    if (seen.has(tenant.tenant_id)) continue;
    seen.add(tenant.tenant_id);
    yield tenant;
  }
  for await (const tenant_id of tenantsWithFamily(session, prefix, seen)) yield { tenant_id };
}

async function* tenantsWithService(session: Session, prefix: string): AsyncGenerator<HeldTenant> {
  const { cluster_arn: cluster } = session.config;
  for await (const { serviceArns = [] } of pages(session.send, 'ListServices', { cluster, maxResults: 100 })) {
    const arns = serviceArns.filter((arn) => arn.split('/').at(-1)?.startsWith(prefix));
    for (const services of chunks(arns, DESCRIBED_AT_ONCE)) {
      const answer = await session.send('DescribeServices', { cluster, services, include: ['TAGS'] });
      for (const service of answer.services ?? []) {
        const tags = fromTags(service.tags);
        if (!isOwned(tags, session.provider) || service.status === 'INACTIVE') continue;
        yield { tenant_id: tags[TENANT_LABEL] ?? '', spec_hash: await servingHash(session, service) };
      }
    }
  }
}

/**
 * What serves. Mostly the tags of the service say it, if it runs what it was asked to; where they do not (after a
 * rollback, or somebody else's update), the task definition is asked.
 */
async function servingHash(session: Session, service: Service): Promise<string | undefined> {
  const [only, ...more] = service.deployments ?? [];
  if (!only || more.length > 0 || only.rolloutState !== 'COMPLETED') return undefined;
  const tags = fromTags(service.tags);
  const [specHash = ''] = tags[REQUESTED_TAG]?.split('@') ?? [];
  if (tags[REQUESTED_TAG] === requestedValue(specHash, only.taskDefinition ?? '')) return specHash;
  const [rollout] = await describeRollouts(session, { service, tags, own: true });
  return rollout?.specHash;
}

/** A provision or a destroy that was cut short leaves a family without a service. `seen` are the tenants that have one. */
async function* tenantsWithFamily(session: Session, prefix: string, seen: Set<string>): AsyncGenerator<string> {
  const services = new Set([...seen].map((tenantId) => resourceName(prefix, tenantId)));
  const input = { familyPrefix: prefix, status: 'ALL', maxResults: 100 } as const;
  for await (const { families = [] } of pages(session.send, 'ListTaskDefinitionFamilies', input)) {
    for (const family of families.filter((name) => !services.has(name))) {
      const tenantId = (await findOwnRevision(session, family))?.tags[TENANT_LABEL];
      if (tenantId === undefined || seen.has(tenantId)) continue;
      seen.add(tenantId);
      yield tenantId;
    }
  }
}
