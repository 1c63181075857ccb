import { readFileSync, writeFileSync } from 'node:fs';
import { AppContext } from '../../infra/context.ts';
import { sizeOf } from '../../infra/functions/sizes.ts';
import { configTable } from '../support/config-table.ts';
import { costTable, idleRows, tenantRows } from './costs.ts';
import { type Statement, synthesizeApp } from './synthesized.ts';

/** What the pages show that comes from the template and the schemas: page → mark → table. */
export function renderTables(app: ReturnType<typeof synthesizeApp>): Record<string, Record<string, string>> {
  return {
    'docs/deploy.md': {
      context: configTable(AppContext),
      idle: costTable(idleRows(app.all, sizeOf('on-sweep').memory)),
      tenants: costTable(tenantRows),
    },
    'docs/security.md': { roles: rolesTable(app) },
  };
}

/** What stands between the marks of a table in a page. */
const between = (mark: string) => new RegExp(`(?<=<!-- ${mark} -->\n).*?(?=<!-- /${mark} -->)`, 's');

export function readTable(page: string, mark: string): string | undefined {
  return between(mark)
    .exec(readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8'))?.[0]
    .trim();
}

/** Which actions the role of each function has, by service; what every function may do is said beside the table. */
function rolesTable(app: ReturnType<typeof synthesizeApp>): string {
  const rows = [...app.functions.keys()].sort().map((operation) => {
    const statements = app.statementsOf(operation);
    const cells = [['dynamodb'], ['ecs'], ['iam'], ['events', 'sqs']].map((services) =>
      actionsOf(statements, services),
    );
    return `| \`${operation}\` | ${cells.join(' | ')} |`;
  });
  const head = ['| function | table and its stream | ECS | IAM | bus and queues |', '|---|---|---|---|---|'];
  return [...head, ...rows].join('\n').replaceAll('|  |', '| |').replaceAll('|  |', '| |');
}

function actionsOf(statements: readonly Statement[], services: readonly string[]): string {
  const actions = statements
    .flatMap(({ Action }) => Action)
    .filter((action) => services.includes(action.split(':')[0] ?? ''));
  return [...new Set(actions.map((action) => action.split(':')[1]))].sort().join(', ');
}

if (import.meta.main) {
  for (const [page, tables] of Object.entries(renderTables(synthesizeApp()))) {
    const url = new URL(`../../${page}`, import.meta.url);
    let text = readFileSync(url, 'utf8');
    for (const [mark, table] of Object.entries(tables)) text = text.replace(between(mark), () => `${table}\n`);
    writeFileSync(url, text);
  }
}
