/** The operations of a provider that the permissions differ by. */
export type ProviderOperation = 'provision' | 'update' | 'destroy' | 'status' | 'validate' | 'list' | 'logs';

/** One statement of an identity policy, as plain data that infrastructure turns into the policy of a function's role. */
export interface PermissionStatement {
  /** Why it is needed: it becomes the acknowledgement where a resource cannot be named. */
  reason: string;
  /** Never a wildcard. */
  actions: readonly string[];
  resources: readonly string[];
  conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> | undefined;
}

/** What a type of provider needs for an operation, given the settings it is registered with. */
export type Permissions = (
  operation: ProviderOperation,
  settings: { name: string; defaults: Readonly<Record<string, unknown>> },
) => readonly PermissionStatement[];
