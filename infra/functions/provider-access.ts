import type { PermissionStatement, Permissions, ProviderOperation } from '../../src/compute/permissions.ts';
import { permissions as ecs } from '../../src/providers/ecs/permissions.ts';
import { entryOf } from '../api/access-entry.ts';
import type { ProviderSettings } from '../events/provider-events.ts';

const none: readonly ProviderOperation[] = [];
/** Provisioning may find what is left of an earlier life, and update it; and the other way round. */
const reconciling: readonly ProviderOperation[] = ['validate', 'provision', 'update', 'status'];
/** Whoever takes up work that is due takes up any work. */
const finishing: readonly ProviderOperation[] = [...reconciling, 'destroy'];

/** What each function may ask of a provider. */
const asks: Readonly<Record<string, readonly ProviderOperation[]>> = {
  'provision-tenant': reconciling,
  'update-tenant': reconciling,
  'rollback-tenant': reconciling,
  'destroy-tenant': ['destroy', 'status'],
  'get-tenant-status': ['status'],
  'get-tenant-logs': ['logs'],
  'validate-tenant-spec': ['validate'],
  'plan-tenant': ['validate'],
  'list-operations': none,
  'get-tenant': none,
  'list-tenants': none,
  'list-revisions': none,
  'get-operation': none,
  'list-providers': none,
  'get-provider': none,
  'unmatched-route': none,
  'on-sweep': [...finishing, 'list'],
  'on-tenant-requested': finishing,
  'on-provider-event': finishing,
  'on-tenant-changed': none,
};

/** The types of provider that need permissions; the others run where the function runs. */
const types: Readonly<Record<string, Permissions>> = { ecs };

/** The permissions of an operation on the backends of the registered providers, each statement once. */
export function providerPermissions(operation: string, providers: ProviderSettings): PermissionStatement[] {
  const asked = entryOf(asks, operation, 'provider-access.ts');
  const statements = Object.entries(providers).flatMap(([name, { type, ...defaults }]) =>
    asked.flatMap((ask) => types[type]?.(ask, { name, defaults }) ?? []),
  );
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()];
}
