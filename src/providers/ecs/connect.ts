import type { EcsClient } from './client.ts';
import type { EcsConfig } from './config.ts';
import { parseClusterArn } from './names.ts';

/** Long enough for any operation, and renewed as needed: the shortest that STS gives. */
const SESSION_SECONDS = 900;

/** The SDK's client for the operator's cluster, with the credentials of its surroundings or of the role it is to assume. */
export async function connect({ cluster_arn, assume_role }: EcsConfig, provider: string): Promise<EcsClient> {
  const region = parseClusterArn(cluster_arn)?.region ?? '';
  const { createSdkClient } = await import('./sdk.ts');
  if (!assume_role) return createSdkClient({ region });
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const credentials = fromTemporaryCredentials({
    params: {
      RoleArn: assume_role.role_arn,
      RoleSessionName: assume_role.session_name ?? `berth-${provider}`,
      DurationSeconds: SESSION_SECONDS,
      ...(assume_role.external_id && { ExternalId: assume_role.external_id }),
    },
    clientConfig: { region },
  });
  return createSdkClient({ region, credentials });
}
