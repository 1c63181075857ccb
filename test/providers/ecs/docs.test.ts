import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ProviderOperation } from '../../../src/compute/permissions.ts';
import { EcsConfig, OPERATOR_ONLY } from '../../../src/providers/ecs/config.ts';
import { permissions } from '../../../src/providers/ecs/permissions.ts';
import { settingEffects } from '../../../src/providers/ecs/status/applied-settings.ts';
import { documentedTable } from '../../support/config-table.ts';
import { defaults, LOG_GROUP, name } from './ecs-subject.ts';

const page = readFileSync(new URL('../../../docs/providers/ecs.md', import.meta.url), 'utf8');
const operations: ProviderOperation[] = ['provision', 'update', 'destroy', 'status', 'list', 'logs', 'validate'];

test('the page marks the settings that only the operator can set', () => {
  const marked = [...documentedTable(page).matchAll(/^\| `(\w+)` \|.*Operator only \|$/gm)].map(([, key]) => key);
  const expected = Object.keys(EcsConfig.shape).filter((key) => (OPERATOR_ONLY as readonly string[]).includes(key));
  expect(marked).toEqual(expected);
});

test('the page lists the keys of allow with their defaults', () => {
  const rows = [...page.matchAll(/^\| ((?:`\w+`[, ]*)+) \| (none|`[^|]+`) \| .* \|$/gm)].flatMap(
    ([, keys = '', cell = '']) => quoted(keys).map((key) => [key, cell === 'none' ? '[]' : quoted(cell).join()]),
  );
  const { allow } = EcsConfig.parse(defaults);
  const expected = Object.entries(allow).map(([key, value]) => [key, String(value) || '[]']);
  expect(Object.fromEntries(rows)).toMatchObject(Object.fromEntries(expected));
});

test('the page has a row for each setting, with what a change of it does to existing tenants', () => {
  const [, section = ''] = page.split('## Changed settings');
  const rows = [...section.matchAll(/^\| `(\w+)` \| (a rollout|in place|refused|none)\b/gm)];
  const words = { rollout: 'a rollout', 'in place': 'in place', refused: 'refused', calls: 'none' };
  const expected = Object.entries(settingEffects).map(([setting, effect]) => [setting, words[effect]]);
  expect(rows.map(([, setting, effect]) => [setting, effect])).toEqual(expected);
  expect(Object.keys(settingEffects)).toEqual(Object.keys(EcsConfig.shape));
});

test('the page lists the actions that each operation needs', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+:\w+)` \| ([a-z, ]+) \|$/gm)];
  const documented = rows.flatMap(([, action, cell = '']) =>
    cell.split(', ').map((operation) => `${operation} ${action}`),
  );
  const needed = operations.flatMap((operation) => {
    const statements = permissions(operation, { name, defaults: { ...defaults, log_group: LOG_GROUP } });
    return statements.flatMap(({ actions }) => actions.map((action) => `${operation} ${action}`));
  });
  expect(documented.toSorted()).toEqual([...new Set(needed)].toSorted());
});

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inner = '']) => inner);
}
