export type { RoutedOperation as Operation } from '../functions/operations.ts';
export type { HttpApi, Jwt } from './api/http-api.ts';
export { Berth, type BerthProps } from './berth.ts';
export type { FunctionNetwork } from './functions/operation-functions.ts';
export { type ProviderSettings, SettingsError } from './settings.ts';
export { State, type StateProps } from './state/state.ts';
export { TenantsTable } from './state/tenants-table.ts';
export type { Alarms } from './watch/alarms.ts';
export type { InstallationMetrics, OperationDimensions } from './watch/metrics.ts';
