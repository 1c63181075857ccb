/** What the metrics are called: the functions write them, dashboards and alarms read them. */
export const METRICS = {
  namespace: 'Berth',
  /** Of each call to a provider, by operation, provider and outcome. */
  operations: 'Operations',
  operationDuration: 'OperationDuration',
  /** Of each sweep that came to its end. */
  sweeps: 'Sweeps',
  /** How many tenants a sweep took up. */
  swept: 'SweptTenants',
  /** Of each stock-taking, by provider: what is there at that moment. */
  held: 'HeldTenants',
  failed: 'FailedTenants',
  orphans: 'OrphanedTenants',
  /** Of each request that came as an event, and of each event of a backend, by disposition: what became of it. */
  requests: 'Requests',
  providerEvents: 'ProviderEvents',
  /** How many tenants had drifted from what is desired. */
  healed: 'HealedTenants',
} as const;
