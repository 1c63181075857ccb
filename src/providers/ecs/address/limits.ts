import { nameOf } from '../api/aws-error.ts';
import { markedPages } from '../api/responses.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Listener } from './listener.ts';

/** A load balancer counts as almost full from this share on. */
const ALMOST = 0.8;

/** How much room a load balancer has for one more tenant. */
export interface Room {
  isFull: boolean;
  /** What is full or almost full. Empty where there is room. */
  text: string;
}

/**
 * Compares the rules and target groups of a load balancer with what the account may have, before others are made.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
 */
export async function readLimits(
  context: ProviderContext,
  { loadBalancer }: Listener,
  { rules, added }: { rules: number; added: number },
): Promise<Room> {
  const [limits, groups] = await Promise.all([accountLimits(context), countGroups(context, loadBalancer)]);
  const all = [
    { what: 'rules', used: rules, more: 1, most: limits.get('rules-per-application-load-balancer') },
    {
      what: 'target groups',
      used: groups,
      more: added,
      most: limits.get('target-groups-per-application-load-balancer'),
    },
  ];
  const tight = all.filter(({ used, more, most = Number.POSITIVE_INFINITY }) => used + more >= most * ALMOST);
  const isFull = all.some(({ used, more, most = Number.POSITIVE_INFINITY }) => used + more > most);
  const parts = tight.map(({ what, used, more, most }) => `${isFull ? used : used + more} of ${most} ${what}`);
  return { isFull, text: parts.length > 0 ? `the load balancer ${loadBalancer} has ${parts.join(' and ')}` : '' };
}

async function accountLimits({ send }: ProviderContext): Promise<ReadonlyMap<string, number>> {
  const limits = new Map<string, number>();
  for await (const { Limits = [] } of markedPages(send, 'DescribeAccountLimits', {})) {
    for (const { Name = '', Max } of Limits) limits.set(Name, Number(Max));
  }
  return limits;
}

async function countGroups({ send }: ProviderContext, LoadBalancerArn: string): Promise<number> {
  let count = 0;
  try {
    for await (const { TargetGroups = [] } of markedPages(send, 'DescribeTargetGroups', { LoadBalancerArn })) {
      count += TargetGroups.length;
    }
  } catch (error) {
    // The answer of moto where a load balancer has no target group.
    if (nameOf(error) !== 'TargetGroupNotFoundException') throw error;
  }
  return count;
}
