import { registerValidator } from './compute/spec/check-spec.ts';
import { validateComputeSpec } from './compute/spec/validate.ts';

// This module loads the schema anyway, so the manager need not load it on demand.
registerValidator(validateComputeSpec);

export { Capabilities } from './compute/capabilities/capabilities.ts';
export {
  ComputeError,
  type ComputeErrorOptions,
  ContainerNotRunningError,
  DestroyFailedError,
  type ErrorCode,
  errorCatalog,
  type Fault,
  IdempotencyMismatchError,
  InvalidProviderError,
  InvalidRequestError,
  InvalidSpecError,
  type Issue,
  OperationCancelledError,
  OperationInProgressError,
  OperationNotCancellableError,
  OperationNotFoundError,
  OperationSupersededError,
  PlaceChangedError,
  ProviderConflictError,
  ProviderFailedError,
  ProviderNotFoundError,
  ProvisionFailedError,
  ResourceConflictError,
  RevisionConflictError,
  RevisionNotFoundError,
  StaleRequestError,
  StorageFullError,
  TenantExistsError,
  TenantNotFoundError,
  TenantStoppedError,
  ThrottledError,
  TimeoutError,
  UnsupportedError,
  UpdateFailedError,
} from './compute/errors.ts';
export {
  defaultLabels,
  INCARNATION_LABEL,
  INSTALLATION_LABEL,
  isForeign,
  isOwned,
  labelsFor,
  type Origin,
  OWNER_LABEL,
  originLabels,
  PROVIDER_LABEL,
  TENANT_LABEL,
} from './compute/labels.ts';
export { type Logger, type Metrics, type OperationMetric, silentLogger } from './compute/logger.ts';
export {
  type CallOptions,
  type LogOptions,
  Manager,
  type ManagerOptions,
  type StatusOptions,
} from './compute/manager.ts';
export type { Place } from './compute/place/place.ts';
export {
  capabilitiesOf,
  defaultCapabilities,
  type Glance,
  type HeldTenant,
  type LogQuery,
  type Provider,
  type ProviderCall,
} from './compute/provider.ts';
export { resolveProviderConfig } from './compute/provider-config.ts';
export { Registry } from './compute/registry.ts';
export {
  ComputeStatus,
  ContainerStatus,
  DestroyResult,
  Endpoint,
  Health,
  LogLine,
  LogPage,
  ProvisionResult,
  TenantState,
  UpdateResult,
  ValidationResult,
  VolumeStatus,
} from './compute/results.ts';
export { hashJson } from './compute/spec/json.ts';
export {
  ContainerSpec,
  HealthCheck,
  Networking,
  PortMapping,
  ProviderName,
  Resources,
  SecretReference,
  TenantComputeSpec,
  TenantId,
  VolumeMount,
  VolumeSettings,
} from './compute/spec/spec.ts';
export { changedFields, specHash } from './compute/spec/spec-diff.ts';
export { unusedFieldWarnings } from './compute/spec/unused-fields.ts';
export { EventEnvelope } from './events/envelope.ts';
export { DestroyData, RequestMetadata, type RequestType, requestDetails } from './events/request.ts';
export {
  AnnouncementMetadata,
  type AnnouncementType,
  announcementDetails,
  FailedData,
  SucceededData,
} from './tenants/model/announcement.ts';
export { ANNOUNCEMENT_SOURCE } from './tenants/model/announcing.ts';
export { validateComputeSpec };
