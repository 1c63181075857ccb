/** The names of the metrics: functions record them, dashboards and alarms read them. */
export const METRICS = {
  namespace: 'Berth',
  /** Calls of a provider, by operation, provider and outcome. */
  operations: 'Operations',
  operationDuration: 'OperationDuration',
  /** Completed sweeps. */
  sweeps: 'Sweeps',
  /** Tenants that a sweep reconciled. */
  swept: 'SweptTenants',
  /** Tenants whose item could not be read or written at the latest try. */
  skipped: 'SkippedTenants',
  /** Tenants that an inventory found, by provider, at that moment. */
  held: 'HeldTenants',
  failed: 'FailedTenants',
  orphans: 'OrphanedTenants',
  /** Tenants whose latest observed health is unhealthy, by provider, and those whose provider could not be asked. */
  unhealthy: 'UnhealthyTenants',
  unreachable: 'UnreachableTenants',
  /** Those orphans without an installation id, and what belongs to another installation. */
  unowned: 'UnownedTenants',
  foreign: 'ForeignTenants',
  /** Orphans whose removal was recorded. */
  removed: 'RemovedOrphans',
  /** Requests that came as events, by disposition. */
  requests: 'Requests',
  /** Events of a backend, by disposition. */
  providerEvents: 'ProviderEvents',
  /** Tenants that had drifted from their desired state. */
  healed: 'HealedTenants',
} as const;
