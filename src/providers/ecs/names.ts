import { createHash } from 'node:crypto';

/**
 * The longest name of a service and of a task definition family: 255 letters, digits, underscores and hyphens.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html#ECS-CreateService-request-serviceName
 */
const MAX_NAME = 255;

/**
 * The longest Service Connect discovery name and port mapping name.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectService.html
 */
const MAX_SHORT_NAME = 64;

const CLUSTER_ARN = /^arn:(aws[a-z-]*):ecs:([a-z0-9-]+):([0-9]{12}):cluster\/([A-Za-z0-9_-]{1,255})$/;

/** Where a cluster is, by its ARN. */
export interface ClusterAddress {
  partition: string;
  region: string;
  account: string;
  name: string;
}

export function parseClusterArn(arn: string): ClusterAddress | undefined {
  const match = CLUSTER_ARN.exec(arn);
  if (!match) return undefined;
  const [, partition = '', region = '', account = '', name = ''] = match;
  return { partition, region, account, name };
}

/** What the names of a provider's resources begin with. The underscore is in no provider's name and no tenant id, so that two of them never make one name. */
export function defaultPrefix(provider: string): string {
  return `berth-${provider}_`;
}

/** The name of a tenant's service, and of its task definition family. */
export function resourceName(prefix: string, tenantId: string): string {
  return shorten(prefix + tenantId, MAX_NAME);
}

/** The name by which one port is found through Service Connect, in its namespace. */
export function discoveryName(service: string, port: string): string {
  return shorten(`${service}-${port}`.toLowerCase(), MAX_SHORT_NAME);
}

/** The name of a port mapping, alone of its kind in a task definition. */
export function portName(container: string, port: number): string {
  return shorten(`${container}-${port}`, MAX_SHORT_NAME);
}

/** Cuts what is too long, and tells it apart from all else that begins alike by a hash of the whole. */
function shorten(name: string, limit: number): string {
  if (name.length <= limit) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, limit - hash.length - 1)}-${hash}`;
}
