import type * as z from 'zod';
import * as parameters from '../../functions/runtime/http/parameters.ts';
import * as environment from '../../functions/runtime/setup/environment.ts';
import * as results from '../../src/compute/results.ts';
import * as spec from '../../src/compute/spec/spec.ts';
import * as envelope from '../../src/events/envelope.ts';
import * as request from '../../src/events/request.ts';
import * as summary from '../../src/tenants/model/summary.ts';
import * as tenant from '../../src/tenants/model/tenant.ts';
import * as rates from '../../src/tenants/rate/rates.ts';

/** A schema of which usual values are to be known without it. */
export interface Source {
  /** What its module exports it as. */
  name: string;
  file: string;
  schema: z.ZodType;
  /** It is of what strangers write: how much it is in all is bounded too, and every text is looked at. */
  measured?: boolean;
}

/** Several of one module. */
function from<Name extends string>(file: string, module: Record<Name, z.ZodType>, names: readonly Name[]): Source[] {
  return names.map((name) => ({ name, file, schema: module[name] }));
}

/** What is written where. */
export const rooms: Readonly<Record<string, readonly Source[]>> = {
  'src/compute': [
    { name: 'TenantComputeSpec', file: 'src/compute/spec/spec.ts', schema: spec.TenantComputeSpec, measured: true },
    ...from('src/compute/results.ts', results, [
      'ProvisionResult',
      'UpdateResult',
      'ComputeStatus',
      'LogPage',
      'ValidationResult',
    ]),
  ],
  'src/tenants': [
    ...from('src/tenants/model/tenant.ts', tenant, ['Tenant', 'HistoryEntry']),
    ...from('src/tenants/model/summary.ts', summary, ['TenantSummary']),
    ...from('src/tenants/rate/rates.ts', rates, ['Rates']),
  ],
  'src/events': [
    ...from('src/events/envelope.ts', envelope, ['EventEnvelope']),
    ...from('src/events/request.ts', request, ['RequestMetadata', 'DestroyData']),
  ],
  'functions/runtime': [
    ...from('functions/runtime/setup/environment.ts', environment, ['Environment']),
    ...from('functions/runtime/http/parameters.ts', parameters, [
      'TenantPath',
      'ProviderPath',
      'OperationPath',
      'ProviderQuery',
      'LimitQuery',
      'LogsQuery',
      'WaitQuery',
      'ListQuery',
      'NoParameters',
      'AnyParameters',
      'RollbackRequest',
    ]),
  ],
};
