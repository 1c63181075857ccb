import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ProviderOperation } from '../../../src/compute/permissions.ts';
import { EcsConfig, OPERATOR_ONLY } from '../../../src/providers/ecs/config.ts';
import { permissions } from '../../../src/providers/ecs/permissions.ts';
import { documentedTable } from '../../support/config-table.ts';
import { defaults, LOG_GROUP, name } from './ecs-subject.ts';

const page = readFileSync(new URL('../../../docs/providers/ecs.md', import.meta.url), 'utf8');
const operations: ProviderOperation[] = ['provision', 'update', 'destroy', 'status', 'list', 'validate', 'logs'];

test('the page says of exactly those settings that they are the operator’s which are', () => {
  const said = [...documentedTable(page).matchAll(/^\| `(\w+)` \|.*Operator only \|$/gm)].map(([, key]) => key);
  expect(said).toEqual(
    Object.keys(EcsConfig.shape).filter((key) => (OPERATOR_ONLY as readonly string[]).includes(key)),
  );
});

test('the page shows the actions that each operation needs', () => {
  const rows = [...page.matchAll(/^\| (\w+) \| ((?:`[a-z]+:\w+`[ ,]*)+|none) \|$/gm)];
  const said = Object.fromEntries(
    rows.map(([, operation = '', cell = '']) => [
      operation,
      [...cell.matchAll(/`([^`]+)`/g)].map(([, action]) => action),
    ]),
  );
  const needed = operations.map((operation) => {
    const statements = permissions(operation, { name, defaults: { ...defaults, log_group: LOG_GROUP } });
    return [operation, [...new Set(statements.flatMap(({ actions }) => actions))].toSorted()];
  });
  expect(said).toEqual(Object.fromEntries(needed));
});
