import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Row, TableAccess } from '../../functions/operations/row.ts';
import { type OperationName, operations, triggerOf } from '../../functions/operations.ts';
import type { PermissionStatement } from '../../src/compute/permissions.ts';
import { ANNOUNCEMENT_SOURCE } from '../../src/tenants/model/announcing.ts';
import type { IndexName } from '../../src/tenants/store/table.ts';
import { permissionsFor, registeredProviders } from '../registered-providers.ts';
import type { ProviderSettings } from '../settings.ts';

/** Environment variables that name a resource, and the permissions to use it. A function gets both or neither. */
interface Access {
  environment: Record<string, string>;
  permissions: PermissionStatement[];
}

interface AccessTargets {
  table: ITableV2;
  bus: IEventBus;
  providers: ProviderSettings;
}

/** Returns everything that the row of an operation entitles its function to, and no more. */
export function accessOf(operation: OperationName, { table, bus, providers }: AccessTargets): Access {
  const ofTable = tableAccess(operation, table);
  const ofBus = busAccess(operation, bus);
  return {
    environment: { ...ofTable.environment, ...ofBus.environment },
    permissions: [
      ...ofTable.permissions,
      ...providerPermissions(operation, providers),
      ...ofBus.permissions,
      ...streamPermissions(operation, table),
    ],
  };
}

const itemActions = { read: 'dynamodb:GetItem', write: 'dynamodb:PutItem', delete: 'dynamodb:DeleteItem' } as const;

/** Returns the access of an operation to the table and its indexes. */
export function tableAccess(operation: OperationName, table: ITableV2): Access {
  const { items = [], lists = [] }: TableAccess = operations[operation].table;
  const arnOf = (list: 'table' | IndexName) => (list === 'table' ? table.tableArn : `${table.tableArn}/index/${list}`);
  const permissions: PermissionStatement[] = [];
  if (items.length > 0) {
    const reason = 'the tenant, its history and its keys';
    permissions.push({ reason, actions: items.map((kind) => itemActions[kind]), resources: [table.tableArn] });
  }
  if (lists.length > 0) {
    permissions.push({ reason: 'lists are queries by key', actions: ['dynamodb:Query'], resources: lists.map(arnOf) });
  }
  return { environment: permissions.length > 0 ? { BERTH_TABLE: table.tableName } : {}, permissions };
}

/** Returns the permissions of an operation on the backends of all providers, without duplicates. */
export function providerPermissions(operation: OperationName, providers: ProviderSettings): PermissionStatement[] {
  const { provider: calls }: Row = operations[operation];
  const statements = registeredProviders(providers).flatMap((provider) => permissionsFor(provider, calls));
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()];
}

function busAccess(operation: OperationName, bus: IEventBus): Access {
  if (!operations[operation].announces) return { environment: {}, permissions: [] };
  const statement: PermissionStatement = {
    reason: 'announcements, with the source of Berth only',
    actions: ['events:PutEvents'],
    resources: [bus.eventBusArn],
    // The condition key has one value for each source in the call, so it holds for every entry.
    conditions: { 'ForAllValues:StringEquals': { 'events:source': ANNOUNCEMENT_SOURCE } },
  };
  return { environment: { BERTH_EVENT_BUS: bus.eventBusName }, permissions: [statement] };
}

/** Returns the permissions to read the change stream, which Lambda does with the role of the function. */
function streamPermissions(operation: OperationName, { tableStreamArn }: ITableV2): PermissionStatement[] {
  if (triggerOf(operation) !== 'change-stream' || !tableStreamArn) return [];
  const verbs = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
  const reason = 'Lambda reads the change stream with the role of the function';
  return [{ reason, actions: verbs.map((verb) => `dynamodb:${verb}`), resources: [tableStreamArn] }];
}
