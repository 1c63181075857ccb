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

/** A client that all calls share: passed in, or opened by the first call. A failure to open it is not cached. */
export class LazyClient<Client extends { close?(): void }> {
  readonly #given: Client | undefined;
  readonly #open: () => Promise<Client>;
  #client: Promise<Client> | undefined;

  constructor(given: Client | undefined, open: () => Promise<Client>) {
    this.#given = given;
    this.#open = open;
  }

  get(): Promise<Client> {
    this.#client ??= (this.#given ? Promise.resolve(this.#given) : this.#open()).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  /** Closes a client that was opened here. One that was passed in belongs to the caller and stays open. */
  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    if (client && client !== this.#given) client.close?.();
  }
}
