import { readFileSync, writeFileSync } from 'node:fs';
import { queryOf } from '../../functions/openapi/operation-object.ts';
import type { Row } from '../../functions/operations/row.ts';
import { operationNames, operations, routes } from '../../functions/operations.ts';
import { AppContext } from '../../infra/context.ts';
import type { ProviderOperation } from '../../src/compute/permissions.ts';
import { permissions } from '../../src/providers/ecs/permissions.ts';
import { configTable } from '../support/config-table.ts';
import { costTable, fabricRows, firstTenantRows, idleRows, tenantRows } from './costs.ts';
import { domainOf, fabricStack } from './fabric/fabric-template.ts';
import { ecs, synthesizeApp } from './synthesized.ts';

/** Renders the generated parts of the pages: page → mark → text. */
export function renderTables(app: ReturnType<typeof synthesizeApp>): Record<string, Record<string, string>> {
  return {
    'docs/api.md': { operations: operationsTable() },
    'docs/deploy.md': {
      context: configTable(AppContext),
      idle: costTable(idleRows(app.all, operations['on-sweep'].memory)),
      tenants: costTable(tenantRows),
      fabric: costTable(fabricRows(fabricStack().template().all)),
      'fabric-domain': costTable(fabricRows(fabricStack((stack) => ({ domain: domainOf(stack) })).template().all)),
      'first-tenant': costTable(firstTenantRows),
    },
    'docs/security.md': { scopes: scopeList(), roles: rolesTable(app), 'ecs-actions': ecsActions() },
  };
}

/** Matches the text between the marks of a generated part. */
const between = (mark: string) => new RegExp(`(?<=<!-- ${mark} -->\n).*?(?=<!-- /${mark} -->)`, 's');

export function readTable(page: string, mark: string): string | undefined {
  return between(mark)
    .exec(readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8'))?.[0]
    .trim();
}

function operationsTable(): string {
  const rows = routes.map(({ operation, method, path }) => {
    const { summary, answers } = operations[operation];
    const query = Object.keys(queryOf(operations[operation]) ?? {}).join('&');
    const request = `${method} ${path}${query && `?${query}`}`;
    return `| \`${operation}\` | \`${request}\` | ${summary} | ${Object.keys(answers).join(' · ')} |`;
  });
  return ['| operation | request | | answers |', '|---|---|---|---|', ...rows].join('\n');
}

/** Renders the operations that each scope permits. */
function scopeList(): string {
  const byScope = Map.groupBy(routes, ({ operation }) => operations[operation].scope);
  const listed = [...byScope].map(([scope, members]) => {
    const names = members.map(({ operation }) => `\`${operation}\``).sort();
    return wrap(`- \`berth/${scope}\`: ${names.join(', ')}`);
  });
  return [...listed.sort(), '- `berth/admin`: every operation'].join('\n');
}

/** Auxiliary actions that always accompany `ReceiveMessage` or `GetRecords`; the page explains them. */
const auxiliary = new Set([
  'ChangeMessageVisibility',
  'DeleteMessage',
  'DescribeStream',
  'GetQueueAttributes',
  'GetQueueUrl',
  'GetShardIterator',
  'ListStreams',
]);

/** Renders the actions of each function's role, as the template has them, and the provider calls that it may make. */
function rolesTable(app: ReturnType<typeof synthesizeApp>): string {
  const rows = operationNames.map((operation) => {
    const { provider: calls }: Row = operations[operation];
    const actionsOf = (...services: string[]) => {
      const own = app.actionsOf(operation).map((action) => action.split(':') as [string, string]);
      const names = own.filter(([service]) => services.includes(service)).map(([, name]) => name);
      return [...new Set(names)].filter((name) => !auxiliary.has(name)).sort();
    };
    const cells = [actionsOf('dynamodb').join(' '), calls.join('/'), actionsOf('events', 'sqs').join(' ')];
    return `| \`${operation}\` | ${cells.join(' | ')} |`;
  });
  const head = ['| function | table and its stream | provider calls | bus and queues |', '|---|---|---|---|'];
  return [...head, ...rows].join('\n').replaceAll('|  |', '| |').replaceAll('|  |', '| |');
}

const calls: ProviderOperation[] = ['validate', 'provision', 'update', 'status', 'destroy', 'list', 'logs'];

/** Renders the actions that each call to an ECS provider needs. */
function ecsActions(): string {
  const { type: name, ...defaults } = ecs;
  return calls
    .map((call) => {
      const statements = permissions(call, { name, defaults });
      const names = statements.flatMap(({ actions }) => actions).map((action) => action.replace(/^ecs:/, ''));
      return wrap(`- \`${call}\`: ${[...new Set(names)].sort().join(', ') || 'none'}`);
    })
    .join('\n');
}

/** Breaks a list item into lines of at most 120 characters. */
function wrap(item: string): string {
  return item.replace(/(.{1,118})(?: |$)/g, '$1\n  ').trimEnd();
}

if (import.meta.main) {
  for (const [page, tables] of Object.entries(renderTables(synthesizeApp()))) {
    const url = new URL(`../../${page}`, import.meta.url);
    let text = readFileSync(url, 'utf8');
    for (const [mark, table] of Object.entries(tables)) text = text.replace(between(mark), () => `${table}\n`);
    writeFileSync(url, text);
  }
}
