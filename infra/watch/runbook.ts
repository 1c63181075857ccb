/** The sections of `docs/runbook.md` that alarms lead to: each alarm has one of its own, and a test keeps them so. */
export const runbookSections = {
  'api-errors': 'The API answers with 5xx',
  'api-latency': 'The API is slow',
  'function-errors': 'A function fails',
  'function-throttles': 'A function is throttled',
  'slow-operations': 'A provider is slow',
  'failed-tenants': 'Tenants are failed',
  'orphaned-tenants': 'Something runs that no tenant owns',
  'sweep-not-running': 'The sweep does not run',
  'requests-waiting': 'Requests wait in the queue',
  'announcements-late': 'Announcements are late',
  'dead-letters': 'There are dead letters',
} as const;
export type RunbookSection = keyof typeof runbookSections;

/** Where the runbook is, as long as nobody says where it is published. */
export const RUNBOOK = 'docs/runbook.md';
