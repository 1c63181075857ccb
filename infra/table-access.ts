import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { PermissionStatement } from '../src/compute/permissions.ts';

const actions = {
  read: 'dynamodb:GetItem',
  write: 'dynamodb:PutItem',
  /** Of one tenant. */
  history: 'dynamodb:Query',
  /** By index. */
  query: 'dynamodb:Query',
  delete: 'dynamodb:DeleteItem',
} as const;

/** What each operation does with the table. Nothing scans it, and only three delete: what they delete is a report of orphans. */
const access: Readonly<Record<string, readonly (keyof typeof actions)[]>> = {
  // Whoever works on a tenant may find that it is to be destroyed now, and lets its history go with it.
  'provision-tenant': ['read', 'write', 'history'],
  'update-tenant': ['read', 'write', 'history'],
  'rollback-tenant': ['read', 'write', 'history'],
  'destroy-tenant': ['read', 'write', 'history'],
  'get-tenant': ['read'],
  'get-tenant-status': ['read'],
  'get-tenant-logs': ['read'],
  'get-operation': ['read'],
  'list-revisions': ['read', 'history'],
  'list-operations': ['read', 'history'],
  'plan-tenant': ['read'],
  // It makes the key that cursors are signed with when it is first asked.
  'list-tenants': ['read', 'write', 'query'],
  'on-sweep': ['read', 'write', 'query', 'delete'],
};

/** The permissions of an operation on the table and its indexes. */
export function tablePermissions(operation: string, table: ITableV2): PermissionStatement[] {
  const kinds = access[operation] ?? [];
  if (kinds.length === 0) return [];
  const items = kinds.filter((kind) => kind !== 'query').map((kind) => actions[kind]);
  const statements = [{ reason: 'the tenant, its history and its keys', actions: items, resources: [table.tableArn] }];
  if (!kinds.includes('query')) return statements;
  const resources = [table.tableArn, `${table.tableArn}/index/*`];
  return [
    ...statements,
    { reason: 'lists go by index, and the indexes are the table’s own', actions: [actions.query], resources },
  ];
}
