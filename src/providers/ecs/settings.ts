/** Defaults of the settings that calls without a specification use. The schema in `config.ts` fills in the same ones. */
export const SETTING_DEFAULTS = {
  rollout_timeout_seconds: 900,
  destroy_wait_seconds: 5,
  revisions_kept: 3,
} as const;

/** The services from which ECS reads secrets with the execution role, when it starts a task. Berth never sees a value. */
export const SECRET_SOURCES = ['aws-secrets-manager', 'aws-ssm'] as const;

/**
 * The operator's settings, as far as calls without a specification need them: status, logs, list, destroy and events.
 * They were checked against the schema (`config.ts`) when the installation was deployed or the host started.
 * Reading them here without the schema keeps zod out of the cold start of functions that only read.
 */
export interface OperatorSettings {
  cluster_arn: string;
  service_name_prefix?: string | undefined;
  log_group?: string | undefined;
  assume_role?: { role_arn: string; external_id?: string | undefined; session_name?: string | undefined } | undefined;
  load_balancer?: { url?: string | undefined; listener_arn?: string; host?: string; retired?: boolean } | undefined;
  gateway?: { arn: string } | undefined;
  deployment?: { strategy?: string; approval?: object } | undefined;
  efs?: { file_system_id: string } | undefined;
  service_registry?: { dns_name?: string | undefined } | undefined;
  rollout_timeout_seconds: number;
  destroy_wait_seconds: number;
  revisions_kept: number;
}

/** Fills in defaults. Trusts that `defaults` passed the schema. As there, undefined counts as not set. */
export function operatorSettings(defaults: Readonly<Record<string, unknown>>): OperatorSettings {
  const set = Object.entries(defaults).filter(([, value]) => value !== undefined);
  return { ...SETTING_DEFAULTS, ...Object.fromEntries(set) } as unknown as OperatorSettings;
}

/** The settings that API callers may read: all but the role and the external id that Berth itself assumes. */
export function publicDefaults({ assume_role: _, ...defaults }: Readonly<Record<string, unknown>>) {
  return defaults;
}
