/** The shapes of the HTTP API that the console shows. They are types only: the console has no code of the client. */
export type {
  ComputeStatus,
  Condition,
  Endpoint,
  Failure,
  Health,
  Operation,
  OperationSummary,
  Phase,
  Problem,
  Tenant,
  TenantSummary,
} from '../../client/types.ts';
