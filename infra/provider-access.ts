import type { PermissionStatement, Permissions, ProviderOperation } from '../src/compute/permissions.ts';
import { permissions as ecs } from '../src/providers/ecs/permissions.ts';

/** What each function may ask of a provider. Provisioning may find what is left of an earlier life, and update it; and the other way round. */
const asks: Readonly<Record<string, readonly ProviderOperation[]>> = {
  'provision-tenant': ['validate', 'provision', 'update', 'status'],
  'update-tenant': ['validate', 'provision', 'update', 'status'],
  'rollback-tenant': ['validate', 'provision', 'update', 'status'],
  'destroy-tenant': ['destroy', 'status'],
  'get-tenant-status': ['status'],
  'get-tenant-logs': ['logs'],
  'validate-tenant-spec': ['validate'],
  'plan-tenant': ['validate'],
  'on-sweep': ['provision', 'update', 'destroy', 'status', 'list'],
};

/** The types of provider that need permissions; the others run where the function runs. */
const types: Readonly<Record<string, Permissions>> = { ecs };

/** The permissions of an operation on the backends of the registered providers, each statement once. */
export function providerPermissions(
  operation: string,
  providers: Readonly<Record<string, { type: string; [setting: string]: unknown }>>,
): PermissionStatement[] {
  const statements = Object.entries(providers).flatMap(([name, { type, ...defaults }]) =>
    (asks[operation] ?? []).flatMap((ask) => types[type]?.(ask, { name, defaults }) ?? []),
  );
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()];
}
