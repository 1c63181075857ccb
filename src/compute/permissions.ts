/** The operations of a provider that require different permissions. */
export type ProviderOperation =
  | 'provision'
  | 'update'
  | 'destroy'
  | 'stop'
  | 'status'
  | 'validate'
  | 'list'
  | 'logs'
  | 'exec';

/** One statement of an identity policy. Infrastructure adds it to the role of a function. */
export interface PermissionStatement {
  /** Why the provider requires it. The acknowledgement of a wildcard resource repeats this text. */
  reason: string;
  /** Without wildcards. */
  actions: readonly string[];
  resources: readonly string[];
  conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> | undefined;
}

/** The name of a provider and the operator's settings, as an installation registers them. */
export interface RegisteredSettings {
  name: string;
  /** Checked by the schema of the provider. In a CDK app, values may be tokens, which have to be passed on as they are. */
  defaults: Readonly<Record<string, unknown>>;
}

/** Returns the permissions that a type of provider requires for an operation under its registered settings. */
export type Permissions = (
  operation: ProviderOperation,
  settings: RegisteredSettings,
) => readonly PermissionStatement[];
