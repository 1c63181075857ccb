import type { CommandModule } from './command.ts';
import type { CommandName } from './commands.ts';

/** Loads the module of each command when it is run. */
export const commandLoaders: Readonly<Record<CommandName, () => Promise<CommandModule>>> = {
  dev: () => import('./commands/dev.ts'),
  apply: () => import('./commands/apply.ts'),
  plan: () => import('./commands/plan.ts'),
  validate: () => import('./commands/validate.ts'),
  rollback: () => import('./commands/rollback.ts'),
  destroy: () => import('./commands/destroy.ts'),
  'get tenants': () => import('./commands/get-tenants.ts'),
  'get tenant': () => import('./commands/get-tenant.ts'),
  'get providers': () => import('./commands/get-providers.ts'),
  'get operations': () => import('./commands/get-operations.ts'),
  activity: () => import('./commands/activity.ts'),
  'orphans list': () => import('./commands/orphans-list.ts'),
  'orphans adopt': () => import('./commands/orphans-adopt.ts'),
  'orphans remove': () => import('./commands/orphans-remove.ts'),
  status: () => import('./commands/status.ts'),
  describe: () => import('./commands/describe.ts'),
  history: () => import('./commands/history.ts'),
  logs: () => import('./commands/logs.ts'),
  events: () => import('./commands/events.ts'),
  explain: () => import('./commands/explain.ts'),
  'provider init': () => import('./commands/provider-init.ts'),
  doctor: () => import('./commands/doctor.ts'),
  'context list': () => import('./commands/context-list.ts'),
  'context set': () => import('./commands/context-set.ts'),
  'context use': () => import('./commands/context-use.ts'),
  'context delete': () => import('./commands/context-delete.ts'),
  completion: () => import('./commands/completion.ts'),
  complete: () => import('./commands/complete.ts'),
};
