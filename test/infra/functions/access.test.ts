import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { expect, test } from 'vitest';
import type { OperationName } from '../../../functions/operations.ts';
import { providerPermissions, tableAccess } from '../../../infra/functions/access.ts';
import { ecs } from '../synthesized.ts';

const table = { tableArn: 'arn:aws:dynamodb:eu-central-1:111122223333:table/tenants' } as ITableV2;

function tableActions(operation: OperationName): string[] {
  return tableAccess(operation, table).permissions.flatMap(({ actions }) => actions);
}

function tableResources(operation: OperationName): string[] {
  return tableAccess(operation, table).permissions.flatMap(({ resources }) => resources);
}

test('a plan reads single items of the table, and the backend as a status does', () => {
  expect(tableActions('plan-tenant')).toEqual(['dynamodb:GetItem']);
  expect(providerPermissions('plan-tenant', { ecs })).toEqual(providerPermissions('get-tenant-status', { ecs }));
});

test.each(['provision-tenant', 'update-tenant', 'rollback-tenant', 'destroy-tenant'] as const)(
  '%s reads and writes items of a tenant, and queries no index',
  (operation) => {
    expect(tableActions(operation)).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
    expect(new Set(tableResources(operation))).toEqual(new Set([table.tableArn]));
  },
);

test('list-operations reads by key, and may make the key that signs cursors', () => {
  expect(tableActions('list-operations')).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
  expect(tableResources('list-operations')).toEqual([table.tableArn, table.tableArn]);
});
