import { Aws } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Row, TableAccess } from '../../functions/operations/row.ts';
import { type OperationName, operations, triggersOf } from '../../functions/operations.ts';
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
}

/**
 * Returns what the row of an operation entitles its function to, and no more. `providerPermissions` returns the rest: the
 * permissions on backends.
 */
export function accessOf(operation: OperationName, { table, bus }: AccessTargets): Access {
  const ofTable = tableAccess(operation, table);
  const ofBus = busAccess(operation, bus);
  return {
    environment: { ...ofTable.environment, ...ofBus.environment },
    permissions: [
      ...ofTable.permissions,
      ...keyPermissions(operation, table),
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

const keyActions = {
  read: ['kms:Decrypt', 'kms:DescribeKey'],
  write: [
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
} as const;

/**
 * Returns the permissions of an operation on the customer managed key of the table, if it has one. DynamoDB uses the key in
 * the name of the caller, so each function that uses the table needs them, but only for calls that DynamoDB makes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export function keyPermissions(operation: OperationName, { encryptionKey }: ITableV2): PermissionStatement[] {
  const { items = [], lists = [] }: TableAccess = operations[operation].table;
  if (!encryptionKey || (items.length === 0 && lists.length === 0)) return [];
  const isWriting = items.some((kind) => kind !== 'read');
  const { region } = encryptionKey.env;
  return [
    {
      reason: 'DynamoDB encrypts the table with this key, in the name of the caller',
      actions: [...keyActions.read, ...(isWriting ? keyActions.write : [])],
      resources: [encryptionKey.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${Aws.URL_SUFFIX}` } },
    },
  ];
}

/**
 * Returns the permissions of an operation on the backends of all providers. Statements with the same resources and
 * conditions are one: IAM limits the size of policies.
 */
export function providerPermissions(operation: OperationName, providers: ProviderSettings): PermissionStatement[] {
  const { provider: calls }: Row = operations[operation];
  const statements = registeredProviders(providers).flatMap((provider) => permissionsFor(provider, calls));
  const merged = new Map<string, PermissionStatement>();
  for (const { reason, actions, resources, conditions } of statements) {
    const key = JSON.stringify([resources, conditions]);
    const known = merged.get(key);
    const reasons = new Set([...(known ? known.reason.split('; ') : []), reason]);
    merged.set(key, {
      reason: [...reasons].join('; '),
      actions: [...new Set([...(known?.actions ?? []), ...actions])],
      resources,
      ...(conditions && { conditions }),
    });
  }
  return [...merged.values()];
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
  const reads = triggersOf(operation).some((trigger) => trigger === 'change-stream' || trigger === 'work-recorded');
  if (!reads || !tableStreamArn) return [];
  const reading = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];
  const reason = 'Lambda reads the change stream with the role of the function';
  return [
    { reason, actions: reading, resources: [tableStreamArn] },
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    { reason: 'IAM knows no resource of this action', actions: ['dynamodb:ListStreams'], resources: ['*'] },
  ];
}
