import { parseClusterArn } from '../names.ts';
import type { OperatorSettings } from '../settings.ts';
import type { EcsClient, LogsClient } from './client.ts';

/** The shortest session that STS grants. The SDK renews it as needed. */
const SESSION_SECONDS = 900;

/** Creates an ECS client for the operator's cluster, with the default credentials or those of the role to assume. */
export async function connect(settings: OperatorSettings, provider: string): Promise<EcsClient> {
  const { createSdkClient } = await import('./sdk.ts');
  return createSdkClient(await clientConfig(settings, provider));
}

/** Creates a CloudWatch Logs client for the same account and region. */
export async function connectLogs(settings: OperatorSettings, provider: string): Promise<LogsClient> {
  const { createLogsClient } = await import('./logs-sdk.ts');
  return createLogsClient(await clientConfig(settings, provider));
}

async function clientConfig({ cluster_arn, assume_role }: OperatorSettings, provider: string) {
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
