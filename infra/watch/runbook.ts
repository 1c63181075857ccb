/** The sections of `docs/runbook.md`, by anchor. A test requires a section for each alarm and an alarm for each section. */
export const runbookSections = {
  'api-errors': 'The API answers with 5xx',
  'api-latency': 'The API is slow',
  'function-errors': 'A function fails',
  'slow-operations': 'A provider is slow',
  'failed-tenants': 'Tenants are failed',
  'unhealthy-tenants': 'Tenants are unhealthy',
  'orphaned-tenants': 'A provider holds resources that no tenant owns',
  'skipped-tenants': 'Tenants are skipped',
  'sweep-not-running': 'The sweep does not run',
  'requests-waiting': 'Messages wait too long in a queue',
  'announcements-late': 'Announcements are late',
  'dead-letters': 'A dead-letter queue is not empty',
} as const;
export type RunbookSection = keyof typeof runbookSections;

/** The path of the runbook, unless the settings give a URL. */
export const RUNBOOK = 'docs/runbook.md';
