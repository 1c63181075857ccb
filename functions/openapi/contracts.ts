import type * as z from 'zod';
import { ComputeStatus, ProvisionResult, UpdateResult, ValidationResult } from '../../src/compute/results.ts';
import { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import type { OperationName } from '../routes.ts';
import {
  LimitQuery,
  ListQuery,
  LogsQuery,
  OperationPath,
  ProviderPath,
  ProviderQuery,
  TenantPath,
  WaitQuery,
} from '../runtime/http/parameters.ts';
import type { ProblemCode } from '../runtime/http/problem.ts';
import type { Parameters } from '../runtime/http/read-parameters.ts';
import { RollbackRequest } from '../runtime/http/rollback-request.ts';
import {
  LogsView,
  OperationList,
  OperationView,
  PlanView,
  ProviderDescription,
  ProviderList,
  RevisionList,
  TenantList,
  TenantView,
} from '../runtime/http/views.ts';
import type { AnswerHeader, RequestHeader } from './headers.ts';
import {
  anywhere,
  withBody,
  withChange,
  withMutation,
  withPath,
  withProvider,
  withSpec,
  withTable,
} from './problem-codes.ts';

/** What an operation takes and answers, beyond what its route says. */
export interface Contract {
  path?: Parameters;
  query?: Parameters;
  headers?: readonly RequestHeader[];
  body?: z.ZodType;
  /** By status, as in the route. */
  answers: Readonly<Record<number, { body?: z.ZodType; headers?: readonly AnswerHeader[] }>>;
  /** What can go wrong. */
  problems: readonly ProblemCode[];
}

const conditional = ['Idempotency-Key', 'If-Match'] as const satisfies readonly RequestHeader[];
const tracked = ['ETag', 'Location'] as const satisfies readonly AnswerHeader[];
/** Every operation has an entry: one without does not compile. */
export const contracts = {
  'provision-tenant': {
    headers: conditional,
    body: TenantComputeSpec,
    answers: {
      200: { body: ProvisionResult, headers: tracked },
      201: { body: ProvisionResult, headers: tracked },
      202: { body: ProvisionResult, headers: tracked },
    },
    problems: [...anywhere, ...withBody, ...withChange, 'tenant_exists'],
  },
  'list-tenants': {
    query: ListQuery,
    answers: { 200: { body: TenantList } },
    problems: [...anywhere, ...withProvider],
  },
  'validate-tenant-spec': {
    body: TenantComputeSpec,
    answers: { 200: { body: ValidationResult } },
    problems: [...anywhere, ...withBody, ...withSpec],
  },
  'plan-tenant': {
    body: TenantComputeSpec,
    answers: { 200: { body: PlanView } },
    problems: [...anywhere, ...withBody, ...withSpec],
  },
  'update-tenant': {
    path: TenantPath,
    headers: conditional,
    body: TenantComputeSpec,
    answers: { 200: { body: UpdateResult, headers: tracked }, 202: { body: UpdateResult, headers: tracked } },
    problems: [...anywhere, ...withPath, ...withBody, ...withChange, 'tenant_not_found'],
  },
  'get-tenant': {
    path: TenantPath,
    answers: { 200: { body: TenantView, headers: ['ETag'] } },
    problems: [...anywhere, ...withPath, ...withTable, 'tenant_not_found'],
  },
  'list-revisions': {
    path: TenantPath,
    query: LimitQuery,
    answers: { 200: { body: RevisionList } },
    problems: [...anywhere, ...withPath, ...withProvider, 'tenant_not_found'],
  },
  'list-operations': {
    path: TenantPath,
    query: LimitQuery,
    answers: { 200: { body: OperationList } },
    problems: [...anywhere, ...withPath, ...withProvider, 'tenant_not_found'],
  },
  'rollback-tenant': {
    path: TenantPath,
    headers: conditional,
    body: RollbackRequest,
    answers: { 200: { body: UpdateResult, headers: tracked }, 202: { body: UpdateResult, headers: tracked } },
    problems: [...anywhere, ...withPath, ...withBody, ...withChange, 'tenant_not_found', 'revision_not_found'],
  },
  'destroy-tenant': {
    path: TenantPath,
    query: ProviderQuery,
    headers: conditional,
    answers: { 202: { body: ComputeStatus, headers: tracked }, 204: { headers: tracked } },
    problems: [...anywhere, ...withPath, ...withMutation, 'provider_not_found'],
  },
  'get-tenant-status': {
    path: TenantPath,
    query: ProviderQuery,
    headers: ['Cache-Control'],
    answers: { 200: { body: ComputeStatus, headers: ['Age'] } },
    problems: [...anywhere, ...withPath, ...withProvider, 'tenant_not_found', 'provider_not_found'],
  },
  'get-tenant-logs': {
    path: TenantPath,
    query: LogsQuery,
    answers: { 200: { body: LogsView } },
    problems: [...anywhere, ...withPath, ...withProvider, 'tenant_not_found', 'provider_not_found', 'unsupported'],
  },
  'get-operation': {
    path: OperationPath,
    query: WaitQuery,
    answers: { 200: { body: OperationView } },
    problems: [...anywhere, ...withPath, ...withTable, 'operation_not_found'],
  },
  'list-providers': {
    answers: { 200: { body: ProviderList } },
    problems: [...anywhere],
  },
  'get-provider': {
    path: ProviderPath,
    answers: { 200: { body: ProviderDescription } },
    problems: [...anywhere, ...withPath, 'provider_not_found'],
  },
} as const satisfies Record<OperationName, Contract>;
