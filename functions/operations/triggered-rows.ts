import { background, changingTable, reading, reconciling } from './profiles.ts';
import type { TriggeredRow } from './row.ts';

/** The rows of the operations that no route leads to. They are part of the table in `operations.ts`. */
export const triggeredRows = {
  'unmatched-route': {
    ...reading,
    triggers: ['unmatched-request'],
    summary: 'Answers requests that match no route.',
    budget: 'changes', // It loads this table.
    table: {},
    provider: [],
  },
  'on-sweep': {
    ...background,
    triggers: ['schedule', 'work-recorded'],
    summary: 'Reconciles due tenants, carries out rollouts, looks at health, and takes the inventory of each provider.',
    table: { items: ['read', 'write', 'delete'], lists: ['table', 'listed', 'provider', 'work'] },
    provider: [...reconciling, 'list'],
  },
  'on-tenant-requested': {
    ...background,
    triggers: ['request-queue'],
    summary: 'Serves requests that arrive as events.',
    announces: true,
    memory: 1024,
    table: changingTable,
    provider: reconciling,
  },
  'on-tenant-changed': {
    ...background,
    triggers: ['change-stream'],
    summary: 'Announces operations that ended, changes of health, and turns of rollouts.',
    announces: true,
    // To announce again, it reads ended operations from the table.
    table: { items: ['read'], lists: ['table', 'phase'] },
    provider: [],
  },
  'on-provider-event': {
    ...background,
    triggers: ['backend-events'],
    summary: 'Reconciles a tenant and looks at its health when its backend reports a change.',
    memory: 1024,
    table: changingTable,
    provider: reconciling,
  },
} as const satisfies Record<string, TriggeredRow>;
