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

const CLUSTER_ARN = /^arn:([^:]+):ecs:([^:]+):([^:]+):cluster\/([^:/]+)$/;
const PARTS = [/^aws[a-z-]*$/, /^[a-z0-9-]+$/, /^[0-9]{12}$/, /^[A-Za-z0-9_-]{1,255}$/];
/** A part that CloudFormation fills in, in a CDK app. */
const TOKEN = /^\$\{Token\[[A-Za-z0-9._-]{1,255}\]\}$/;

/** The parts of a cluster's ARN. */
export interface ClusterAddress {
  partition: string;
  region: string;
  account: string;
  name: string;
}

/** Returns undefined for anything but the ARN of an ECS cluster. In a CDK app, its parts may be tokens. */
export function parseClusterArn(arn: string): ClusterAddress | undefined {
  const parts = CLUSTER_ARN.exec(arn)?.slice(1) ?? [];
  const [partition, region, account, name] = parts;
  if (!partition || !region || !account || !name) return undefined;
  if (!parts.every((part, index) => PARTS[index]?.test(part) || TOKEN.test(part))) return undefined;
  return { partition, region, account, name };
}

/**
 * Returns the default prefix of a provider's resource names. Neither provider names nor tenant ids contain an underscore,
 * so two pairs of them never make the same name.
 */
export function defaultPrefix(provider: string): string {
  return `berth-${provider}_`;
}

/** Returns the name of a tenant's service and of its task definition family. */
export function resourceName(prefix: string, tenantId: string): string {
  return shorten(prefix + tenantId, MAX_NAME);
}

/** Returns the name of a port in the Service Connect namespace. */
export function discoveryName(service: string, port: string): string {
  return shorten(`${service}-${port}`.toLowerCase(), MAX_SHORT_NAME);
}

/** Returns the name of a port mapping, which is unique in its task definition. */
export function portName(container: string, port: number): string {
  return shorten(`${container}-${port}`, MAX_SHORT_NAME);
}

/** Cuts a name that is too long, and appends a hash of the whole to keep it unique. */
function shorten(name: string, limit: number): string {
  if (name.length <= limit) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, limit - hash.length - 1)}-${hash}`;
}
