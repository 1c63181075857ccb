import type { EcsConfig } from '../config.ts';
import { parseClusterArn } from '../names.ts';
import type { EcsClient } from './client.ts';
import type { LogsClient } from './logs-client.ts';

/** Long enough for any operation, and renewed as needed: the shortest that STS gives. */
const SESSION_SECONDS = 900;

/** The SDK's client for the operator's cluster, with the credentials of its surroundings or of the role it is to assume. */
export async function connect(config: EcsConfig, provider: string): Promise<EcsClient> {
  const { createSdkClient } = await import('./sdk.ts');
  return createSdkClient(await access(config, provider));
}

/** The same for the logs of its tasks. */
export async function connectLogs(config: EcsConfig, provider: string): Promise<LogsClient> {
  const { createLogsClient } = await import('./logs-sdk.ts');
  return createLogsClient(await access(config, provider));
}

async function access({ cluster_arn, assume_role }: EcsConfig, provider: string) {
  const region = parseClusterArn(cluster_arn)?.region ?? '';
  if (!assume_role) return { region };
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
  return { region, credentials };
}
