import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ProviderFailedError, ResourceConflictError } from '../../../compute/errors.ts';
import { nameOf } from '../api/aws-error.ts';
import { chunks, markedPages } from '../api/responses.ts';
import type { ProviderContext } from '../provider-context.ts';
import { isTenantService, type TagMap } from '../tags.ts';
import { fromBalancerTags, toBalancerTags } from './balancer-tags.ts';
import { GROUP_PREFIX } from './hosts.ts';
import type { TargetHealth } from './target-health.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html */
const MAX_TAGGED = 20;
/** The port of a group cannot be changed, and none uses it: ECS registers each task with the port of its container. */
const UNUSED_PORT = 80;
const DRAIN_ATTRIBUTE = 'deregistration_delay.timeout_seconds';

/** A target group of a tenant, as Berth wants it. */
export interface WantedGroup {
  name: string;
  tenantId: string;
  health: TargetHealth;
  drainSeconds: number;
  tags: TagMap;
  /** Of the load balancer; read only where the group has to be made. */
  vpc: () => Promise<string>;
}

/** A target group with its tags. */
export interface TaggedGroup {
  arn: string;
  name: string;
  loadBalancers: readonly string[];
  tags: TagMap;
}

/**
 * Returns the ARN of a tenant's target group: makes it, or sets the health check of the one that is there. Its other
 * settings never change. Throws `ResourceConflictError` where a group of the name is not Berth's for this tenant.
 */
export async function ensureGroup(
  context: ProviderContext,
  wanted: WantedGroup,
): Promise<{ arn: string; isNew: boolean }> {
  const { send } = context;
  const found = await findGroup(context, wanted.name);
  if (!found) return { arn: await makeGroup(context, wanted), isNew: true };
  const [tagged] = await withTags(context, [found]);
  const arn = found.TargetGroupArn ?? '';
  if (!tagged || !isTenants(context, tagged, wanted.tenantId)) {
    throw new ResourceConflictError(`a target group named ${wanted.name} lacks Berth's tags for ${wanted.tenantId}`, {
      hint: 'Remove it, or choose another tenant id.',
    });
  }
  const health = healthFields(wanted.health);
  const differs = Object.entries(health).some(([key, value]) => {
    const shown = found[key as keyof TargetGroup];
    return JSON.stringify(shown) !== JSON.stringify(value);
  });
  if (differs) await send('ModifyTargetGroup', { TargetGroupArn: arn, ...health });
  const isTagged = Object.entries(wanted.tags).every(([key, value]) => tagged.tags[key] === value);
  if (!isTagged) await send('AddTags', { ResourceArns: [arn], Tags: toBalancerTags(wanted.tags) });
  // Making a group and setting this are two calls, and a crash may lie between them.
  const { Attributes = [] } = await send('DescribeTargetGroupAttributes', { TargetGroupArn: arn });
  const drain = Attributes.find(({ Key }) => Key === DRAIN_ATTRIBUTE)?.Value;
  if (drain !== String(wanted.drainSeconds)) await setDrain(context, arn, wanted.drainSeconds);
  return { arn, isNew: false };
}

/** Lists the target groups of tenants whose names fit, with their tags. */
export async function listGroups(context: ProviderContext, fits: (name: string) => boolean): Promise<TaggedGroup[]> {
  const found: TargetGroup[] = [];
  for await (const { TargetGroups = [] } of markedPages(context.send, 'DescribeTargetGroups', {})) {
    found.push(...TargetGroups.filter(({ TargetGroupName: name = '' }) => name.startsWith(GROUP_PREFIX) && fits(name)));
  }
  return withTags(context, found);
}

/** Returns true for a group that Berth made for this tenant, unless another installation did. */
export function isTenants({ provider, origin }: ProviderContext, { tags }: TaggedGroup, tenantId: string): boolean {
  return isTenantService(tags, provider, tenantId, origin.installation);
}

/** Deletes a target group. No rule may lead to it any more. */
export async function deleteGroup({ send, provider }: ProviderContext, { arn }: { arn: string }): Promise<void> {
  try {
    await send('DeleteTargetGroup', { TargetGroupArn: arn });
  } catch (error) {
    if (nameOf(error) === 'TargetGroupNotFoundException') return;
    if (nameOf(error) !== 'ResourceInUseException') throw error;
    throw new ProviderFailedError(`the target group ${arn} on ${provider} is in use by a rule that is not Berth's`, {
      cause: error,
      hint: 'The operator has to remove the rule that leads to it.',
    });
  }
}

async function findGroup({ send }: ProviderContext, name: string): Promise<TargetGroup | undefined> {
  try {
    const { TargetGroups = [] } = await send('DescribeTargetGroups', { Names: [name] });
    return TargetGroups[0];
  } catch (error) {
    if (nameOf(error) === 'TargetGroupNotFoundException') return undefined;
    throw error;
  }
}

async function makeGroup(context: ProviderContext, wanted: WantedGroup): Promise<string> {
  const { send, provider } = context;
  try {
    const { TargetGroups = [] } = await send('CreateTargetGroup', {
      Name: wanted.name,
      Protocol: 'HTTP',
      Port: UNUSED_PORT,
      VpcId: await wanted.vpc(),
      TargetType: 'ip',
      ...healthFields(wanted.health),
      Tags: toBalancerTags(wanted.tags),
    });
    const arn = TargetGroups[0]?.TargetGroupArn ?? '';
    await setDrain(context, arn, wanted.drainSeconds);
    return arn;
  } catch (error) {
    if (nameOf(error) !== 'TooManyTargetGroupsException') throw error;
    throw new ProviderFailedError(
      `the account has as many target groups as it may have, and ${provider} needs one more`,
      {
        cause: error,
        retryable: false,
        hint: 'Destroy tenants that are no longer needed, or request a higher quota of target groups in the region.',
      },
    );
  }
}

async function setDrain({ send }: ProviderContext, TargetGroupArn: string, seconds: number): Promise<void> {
  const Attributes = [{ Key: DRAIN_ATTRIBUTE, Value: String(seconds) }];
  await send('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes });
}

function healthFields({ path, port, interval, timeout, healthy, unhealthy, codes }: TargetHealth) {
  return {
    HealthCheckProtocol: 'HTTP',
    HealthCheckPath: path,
    HealthCheckPort: port === undefined ? 'traffic-port' : String(port),
    HealthCheckIntervalSeconds: interval,
    HealthCheckTimeoutSeconds: timeout,
    HealthyThresholdCount: healthy,
    UnhealthyThresholdCount: unhealthy,
    Matcher: { HttpCode: codes },
  } as const;
}

async function withTags({ send }: ProviderContext, groups: readonly TargetGroup[]): Promise<TaggedGroup[]> {
  const tags = new Map<string, TagMap>();
  for (const part of chunks(groups, MAX_TAGGED)) {
    const ResourceArns = part.flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []);
    const { TagDescriptions = [] } = await send('DescribeTags', { ResourceArns });
    for (const { ResourceArn = '', Tags } of TagDescriptions) tags.set(ResourceArn, fromBalancerTags(Tags));
  }
  return groups.map(({ TargetGroupArn: arn = '', TargetGroupName: name = '', LoadBalancerArns = [] }) => {
    return { arn, name, loadBalancers: LoadBalancerArns, tags: tags.get(arn) ?? {} };
  });
}
