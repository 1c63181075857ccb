import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { expect, test } from 'vitest';
import { providerPermissions } from '../../infra/functions/provider-access.ts';
import { tableAccess } from '../../infra/functions/table-access.ts';

const table = { tableArn: 'arn:aws:dynamodb:eu-central-1:111122223333:table/tenants' } as ITableV2;
const cluster_arn = 'arn:aws:ecs:eu-central-1:111122223333:cluster/tenants';
const actionsOf = (operation: string) => tableAccess(operation, table).permissions.flatMap(({ actions }) => actions);

test('a plan may read single items of the table, and ask nothing of a backend', () => {
  expect(actionsOf('plan-tenant')).toEqual(['dynamodb:GetItem']);
  const providers = { ecs: { type: 'ecs', cluster_arn, subnets: ['subnet-0a1b2c3d'] } };
  expect(providerPermissions('plan-tenant', providers)).toEqual([]);
});

test('whoever works on tenants may read and write what is kept of one, and lists nothing by index', () => {
  for (const operation of ['provision-tenant', 'update-tenant', 'rollback-tenant', 'destroy-tenant']) {
    expect(actionsOf(operation)).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
    const resources = tableAccess(operation, table).permissions.flatMap((statement) => statement.resources);
    expect(new Set(resources)).toEqual(new Set([table.tableArn]));
  }
});

test('the operations of a tenant are read, and nothing is written', () => {
  expect(actionsOf('list-operations')).toEqual(['dynamodb:GetItem', 'dynamodb:Query']);
  expect(tableAccess('list-operations', table).permissions.flatMap(({ resources }) => resources)).toEqual([
    table.tableArn,
    table.tableArn,
  ]);
});
