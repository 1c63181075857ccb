import { parseClusterArn } from './names.ts';

// What settings have to be beyond their types. The schema and its shape both ask here.

export function isClusterArn(text: string): boolean {
  return parseClusterArn(text) !== undefined;
}

export function agreesOnRegion({ cluster_arn, region }: { cluster_arn: string; region?: string | undefined }): boolean {
  return region === undefined || parseClusterArn(cluster_arn)?.region === region;
}

interface Launch {
  launch_type?: string | undefined;
  capacity_providers?: readonly { name: string }[] | undefined;
}

export function choosesOneLaunch({ launch_type, capacity_providers }: Launch): boolean {
  return !launch_type || !capacity_providers;
}

export function agreesOnFargate({ capacity_providers = [] }: Launch): boolean {
  return new Set(capacity_providers.map(isFargateProvider)).size <= 1;
}

/** Whether tasks run on Fargate, and not on instances of one's own. */
export function isFargate({ launch_type, capacity_providers }: Launch): boolean {
  if (capacity_providers) return capacity_providers.every(isFargateProvider);
  return launch_type !== 'EC2';
}

function isFargateProvider({ name }: { name: string }): boolean {
  return name === 'FARGATE' || name === 'FARGATE_SPOT';
}
