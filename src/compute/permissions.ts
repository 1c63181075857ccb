/** The operations of a provider that require different permissions. */
export type ProviderOperation = 'provision' | 'update' | 'destroy' | 'stop' | 'status' | 'validate' | 'list' | 'logs';

/** One statement of an identity policy. Infrastructure adds it to the role of a function. */
export interface PermissionStatement {
  /** Why the provider requires it. The acknowledgement of a wildcard resource repeats this text. */
  reason: string;
  /** Without wildcards. */
  actions: readonly string[];
  resources: readonly string[];
  conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> | undefined;
}

/** Returns the permissions that a type of provider requires for an operation under its registered settings. */
export type Permissions = (
  operation: ProviderOperation,
  settings: { name: string; defaults: Readonly<Record<string, unknown>> },
) => readonly PermissionStatement[];
