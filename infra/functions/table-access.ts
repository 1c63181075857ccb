import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { PermissionStatement } from '../../src/compute/permissions.ts';
import type { IndexName } from '../../src/tenants/store/table.ts';
import { entryOf } from '../api/access-entry.ts';

interface TableAccess {
  /** What it does with single items. */
  items?: readonly ('read' | 'write' | 'delete')[];
  /** Where it lists: the table itself, or indexes. */
  lists?: readonly ('table' | IndexName)[];
}

const none: TableAccess = {};
/**
 * Records what is wanted, and reconciles. A request by event or by an old client may bring the first word of a tenant; and
 * whoever works on a tenant may find that it is to be destroyed now, and lets its history go with it.
 */
const changing: TableAccess = { items: ['read', 'write'], lists: ['table'] };

/** What each operation does with the table. Nothing scans it, and only the sweep deletes: a report of orphans. */
const access: Readonly<Record<string, TableAccess>> = {
  'provision-tenant': changing,
  'update-tenant': changing,
  'destroy-tenant': changing,
  'rollback-tenant': changing,
  'get-tenant': { items: ['read'] },
  'get-tenant-status': { items: ['read'] },
  'get-tenant-logs': { items: ['read'] },
  'get-operation': { items: ['read'] },
  'plan-tenant': { items: ['read'] },
  'list-revisions': { items: ['read'], lists: ['table'] },
  'list-operations': { items: ['read'], lists: ['table'] },
  // It makes the key that cursors are signed with when it is first asked.
  'list-tenants': { items: ['read', 'write'], lists: ['listed', 'provider', 'phase'] },
  'validate-tenant-spec': none,
  'list-providers': none,
  'get-provider': none,
  'unmatched-route': none,
  'on-sweep': { items: ['read', 'write', 'delete'], lists: ['table', 'provider', 'work'] },
  'on-tenant-requested': changing,
  'on-provider-event': changing,
  // To announce again what ended, it reads that from the table.
  'on-tenant-changed': { items: ['read'], lists: ['table', 'phase'] },
};

const actions = { read: 'dynamodb:GetItem', write: 'dynamodb:PutItem', delete: 'dynamodb:DeleteItem' } as const;

/** The name of the table, and what an operation may do with it and its indexes; nothing for one that has no use for it. */
export function tableAccess(operation: string, table: ITableV2) {
  const { items = [], lists = [] } = entryOf(access, operation, 'table-access.ts');
  const arnOf = (list: 'table' | IndexName) => (list === 'table' ? table.tableArn : `${table.tableArn}/index/${list}`);
  const statements: PermissionStatement[] = [];
  if (items.length > 0) {
    const reason = 'the tenant, its history and its keys';
    statements.push({ reason, actions: items.map((kind) => actions[kind]), resources: [table.tableArn] });
  }
  if (lists.length > 0) {
    statements.push({ reason: 'lists go by key', actions: ['dynamodb:Query'], resources: lists.map(arnOf) });
  }
  return { environment: statements.length > 0 ? { BERTH_TABLE: table.tableName } : {}, permissions: statements };
}

/** What Lambda needs to read the change stream for a function. */
export function streamPermissions(streamArn: string): PermissionStatement[] {
  const verbs = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
  const reason = 'Lambda reads the change stream with the role of the function';
  return [{ reason, actions: verbs.map((verb) => `dynamodb:${verb}`), resources: [streamArn] }];
}
