/*
 * The entry `berth/provider`: everything that the author of a provider needs. It loads no zod, so that a function that only
 * reads does not wait for it. `berth/conformance` has the contract as a test suite.
 */

export type { Capabilities } from './compute/capabilities/capabilities.ts';
export {
  type BackendEventPattern,
  defineProvider,
  type ProviderDescriptor,
  type ProviderHost,
} from './compute/descriptor/descriptor.ts';
export {
  ComputeError,
  type ComputeErrorOptions,
  ContainerNotRunningError,
  DestroyFailedError,
  InvalidProviderError,
  InvalidRequestError,
  InvalidSpecError,
  type Issue,
  messageOf,
  ProviderFailedError,
  ProvisionFailedError,
  ResourceConflictError,
  StorageFullError,
  TenantExistsError,
  TenantNotFoundError,
  TenantStoppedError,
  ThrottledError,
  TimeoutError,
  toPointer,
  UnsupportedError,
  UpdateFailedError,
} from './compute/errors.ts';
export {
  type ExecEnd,
  type ExecOutput,
  type ExecProgram,
  type ExecRequest,
  type ExecSession,
  execContainer,
  execNotAllowed,
  programNotFound,
  type RemoteSession,
} from './compute/exec/exec.ts';
export { registryIssues } from './compute/image-registries.ts';
export { inParallel } from './compute/in-parallel.ts';
export {
  defaultLabels,
  INCARNATION_LABEL,
  INSTALLATION_LABEL,
  isForeign,
  isOtherIncarnation,
  isOwned,
  labelsFor,
  type Origin,
  OWNER_LABEL,
  originLabels,
  PROVIDER_LABEL,
  TENANT_LABEL,
} from './compute/labels.ts';
export { firstWithin, fitText, lastWithin, readCursor, shareOf, writeCursor } from './compute/log-page.ts';
export { type Logger, silentLogger } from './compute/logger.ts';
export type {
  PermissionStatement,
  Permissions,
  ProviderOperation,
  RegisteredSettings,
} from './compute/permissions.ts';
export type { Place } from './compute/place/place.ts';
export {
  type BackendEvent,
  capabilitiesOf,
  configSchemaOf,
  defaultCapabilities,
  type FrontDoor,
  type HeldTenant,
  type LogQuery,
  type Provider,
  type ProviderCall,
  type ProviderFactory,
  type ProviderOptions,
} from './compute/provider.ts';
export { readDefaults, resolveProviderConfig } from './compute/provider-config.ts';
export type {
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
  VolumeStatus,
} from './compute/results.ts';
export { equalJson, hashJson } from './compute/spec/json.ts';
export { hiddenInLogs, redactor } from './compute/spec/redact.ts';
export type {
  ContainerSpec,
  HealthCheck,
  Networking,
  PortMapping,
  Resources,
  SecretReference,
  TenantComputeSpec,
  VolumeMount,
  VolumeSettings,
} from './compute/spec/spec.ts';
export { changedFields, specHash } from './compute/spec/spec-diff.ts';
export { unusedFieldWarnings } from './compute/spec/unused-fields.ts';
export { describeWaits, runsOnce, type Wait, waitsOf } from './compute/start-order/start-order.ts';
export {
  markVolumes,
  mountedVolumes,
  retainedVolumes,
  type VolumeMarks,
  volumeIssues,
  volumeStatuses,
  writtenVolumes,
} from './compute/volumes/volumes.ts';
