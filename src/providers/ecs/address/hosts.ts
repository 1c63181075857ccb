import { createHash } from 'node:crypto';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';

const TENANT = '{tenant_id}';
/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html */
const MAX_HOST = 128;
const MAX_LABEL = 63;
/** Priorities below are left to rules of others, which usually are to come first. */
const FIRST_PRIORITY = 1000;
const LAST_PRIORITY = 50_000;

/** The prefix of the names of all target groups that Berth makes. */
export const GROUP_PREFIX = 'berth-';

/** Returns the host of a tenant: the one that the operator's setting gives it. */
export function hostOf(pattern: string, tenantId: string): string {
  return pattern.replaceAll(TENANT, tenantId);
}

/** Returns the hosts of a tenant: that of the setting first, then the one that its specification names. */
export function hostsOf({ tenant_id, networking }: TenantComputeSpec, pattern: string): string[] {
  const { hostname } = networking ?? {};
  return [...new Set([hostOf(pattern, tenant_id), ...(hostname ? [hostname] : [])])];
}

/** Returns what is wrong with a host, or undefined. */
export function hostMistake(host: string): string | undefined {
  if (host.length > MAX_HOST) return `${host} has more than ${MAX_HOST} characters, which a rule of a listener takes`;
  if (host.split('.').some((label) => label.length > MAX_LABEL)) {
    return `a part of ${host} has more than ${MAX_LABEL} characters, which no DNS name has`;
  }
  return undefined;
}

/** Returns true for the host that the setting gives to another tenant. */
export function isOthersHost(host: string, pattern: string, tenantId: string): boolean {
  const [before = '', after = ''] = pattern.split(TENANT);
  const fits = host.length > before.length + after.length && host.startsWith(before) && host.endsWith(after);
  const id = fits ? host.slice(before.length, host.length - after.length) : '';
  return fits && !id.includes('.') && id !== tenantId;
}

/** Returns the beginning of the names of a tenant's target groups: one for each listener that it was ever on. */
export function groupPrefix(cluster: string, service: string): string {
  return `${GROUP_PREFIX}${digest(`${cluster} ${service}`)}-`;
}

/** Returns the name of a tenant's target group on a listener. It has 31 of the 32 characters that AWS takes. */
export function groupName(cluster: string, service: string, listener: string): string {
  return groupPrefix(cluster, service) + digest(listener);
}

/** Returns the name of the second target group, for strategies that shift requests between two. It has 32 characters. */
export function alternateName(group: string): string {
  return `${group}b`;
}

/** Returns true for the ARN of one of the two target groups of a tenant on a listener. */
export function isGroupOf(arn: string | undefined, name: string): boolean {
  return arn !== undefined && [name, alternateName(name)].some((one) => arn.includes(`:targetgroup/${one}/`));
}

/** Returns the first free priority for a tenant, counted from one that follows from its name. Undefined if all are used. */
export function freePriority(service: string, used: ReadonlySet<number>): number | undefined {
  const room = LAST_PRIORITY - FIRST_PRIORITY + 1;
  const first = Number.parseInt(digest(service), 16) % room;
  for (let step = 0; step < room; step += 1) {
    const priority = FIRST_PRIORITY + ((first + step) % room);
    if (!used.has(priority)) return priority;
  }
  return undefined;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
