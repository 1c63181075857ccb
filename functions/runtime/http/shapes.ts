// Written by `npm run acceptors` from the schemas.
import type * as z from 'zod';
import { countKeys, isPlain, type Loose } from '../../../src/compute/spec/plain.ts';
import type { Shape } from '../../../src/compute/spec/shape.ts';
import type { Environment } from '../setup/environment.ts';
import type {
  AnyParameters,
  LimitQuery,
  ListQuery,
  LogsQuery,
  NoParameters,
  OperationPath,
  ProviderPath,
  ProviderQuery,
  RollbackRequest,
  TenantPath,
  WaitQuery,
} from './parameters.ts';

const pattern1 = /^[a-z0-9][a-z0-9-]{0,62}$/u;
const pattern2 = /^[\x21-\x7e]{1,255}$/u;
const pattern3 = /^[A-Za-z0-9_.:/-]{3,1024}$/u;
const pattern4 = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u;
const pattern5 = /^[0-9]{1,9}$/u;

function toEnvironmentBERTHPROVIDERSValue(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  const value: unknown = input.type;
  if (value !== 'docker' && value !== 'ecs' && value !== 'memory' && value !== 'process') return undefined;
  output.type = value;
  for (const key of Object.keys(input)) {
    if (key === '__proto__') return undefined;
    if (key !== 'type') output[key] = input[key];
  }
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  return output;
}

function toEnvironmentBERTHPROVIDERS(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  const size = countKeys(input);
  if (size < 1) return undefined;
  const output: Loose = { ...input };
  for (const key in output) {
    if (key === '__proto__' || !pattern1.test(key)) return undefined;
    const value = output[key];
    output[key] = toEnvironmentBERTHPROVIDERSValue(value);
    if (output[key] === undefined) return undefined;
  }
  return output;
}

function toEnvironment(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.BERTH_PROVIDERS;
  if (value !== undefined) {
    output.BERTH_PROVIDERS = toEnvironmentBERTHPROVIDERS(value);
    if (output.BERTH_PROVIDERS === undefined) return undefined;
  } else output.BERTH_PROVIDERS = { process: { type: 'process' } };
  value = input.DOCKER_HOST;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.DOCKER_HOST = value;
  }
  value = input.BERTH_DATA_DIR;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.BERTH_DATA_DIR = value;
  } else output.BERTH_DATA_DIR = '.berth';
  value = input.BERTH_PORT;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 65535) return undefined;
    output.BERTH_PORT = value;
  } else output.BERTH_PORT = 8787;
  value = input.BERTH_LOG_LEVEL;
  if (value !== undefined) {
    if (value !== 'DEBUG' && value !== 'INFO' && value !== 'WARN' && value !== 'ERROR' && value !== 'SILENT')
      return undefined;
    output.BERTH_LOG_LEVEL = value;
  } else output.BERTH_LOG_LEVEL = 'INFO';
  value = input.BERTH_INSTALLATION;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern2.test(value)) return undefined;
    output.BERTH_INSTALLATION = value;
  } else output.BERTH_INSTALLATION = 'berth';
  value = input.BERTH_STATUS_MAX_AGE_MS;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 60000) return undefined;
    output.BERTH_STATUS_MAX_AGE_MS = value;
  } else output.BERTH_STATUS_MAX_AGE_MS = 2000;
  value = input.BERTH_EVENT_BUS;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.BERTH_EVENT_BUS = value;
  }
  value = input.BERTH_TABLE;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern3.test(value)) return undefined;
    output.BERTH_TABLE = value;
  }
  value = input.BERTH_OPERATION_DEADLINE_SECONDS;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 86400) return undefined;
    output.BERTH_OPERATION_DEADLINE_SECONDS = value;
  } else output.BERTH_OPERATION_DEADLINE_SECONDS = 900;
  return output;
}

function toTenantPath(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  const value: unknown = input.tenant_id;
  if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern4.test(value)) return undefined;
  output.tenant_id = value;
  return countKeys(input) === 1 ? output : undefined;
}

function toProviderPath(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  const value: unknown = input.name;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.name = value;
  return countKeys(input) === 1 ? output : undefined;
}

function toOperationPath(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  const value: unknown = input.operation_id;
  if (typeof value !== 'string' || value.length > 128) return undefined;
  output.operation_id = value;
  return countKeys(input) === 1 ? output : undefined;
}

function toProviderQuery(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let known = 0;
  const value: unknown = input.provider;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.provider = value;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toLimitQuery(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let known = 0;
  const value: unknown = input.limit;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern5.test(value)) return undefined;
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 1 || number > 100) return undefined;
    output.limit = number;
    known += 1;
  } else output.limit = 50;
  return countKeys(input) === known ? output : undefined;
}

function toLogsQuery(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 0;
  value = input.container;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern4.test(value)) return undefined;
    output.container = value;
    known += 1;
  }
  value = input.tail;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern5.test(value)) return undefined;
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 0 || number > 1000) return undefined;
    output.tail = number;
    known += 1;
  }
  value = input.cursor;
  if (value !== undefined) {
    if (typeof value !== 'string' || value.length > 4096) return undefined;
    output.cursor = value;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toWaitQuery(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let known = 0;
  const value: unknown = input.wait;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern5.test(value)) return undefined;
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 0 || number > 20) return undefined;
    output.wait = number;
    known += 1;
  } else output.wait = 0;
  return countKeys(input) === known ? output : undefined;
}

function toListQuery(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 0;
  value = input.provider;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.provider = value;
    known += 1;
  }
  value = input.phase;
  if (value !== undefined) {
    if (
      value !== 'provisioning' &&
      value !== 'ready' &&
      value !== 'updating' &&
      value !== 'destroying' &&
      value !== 'destroyed' &&
      value !== 'failed'
    )
      return undefined;
    output.phase = value;
    known += 1;
  }
  if (input.label !== undefined) return undefined;
  value = input.limit;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern5.test(value)) return undefined;
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 1 || number > 100) return undefined;
    output.limit = number;
    known += 1;
  } else output.limit = 50;
  value = input.cursor;
  if (value !== undefined) {
    if (typeof value !== 'string' || value.length > 512) return undefined;
    output.cursor = value;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toNoParameters(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  return countKeys(input) === 0 ? output : undefined;
}

function toAnyParameters(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  for (const key of Object.keys(input)) {
    if (key === '__proto__') return undefined;
    output[key] = input[key];
  }
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  return output;
}

function toRollbackRequest(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  const value: unknown = input.revision;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) return undefined;
  output.revision = value;
  return countKeys(input) === 1 ? output : undefined;
}

export const environmentShape: Shape<typeof Environment> = {
  accept: (input) => toEnvironment(input) as z.output<typeof Environment> | undefined,
  schema: async () => (await import('../setup/environment.ts')).Environment,
};

export const tenantPathShape: Shape<typeof TenantPath> = {
  accept: (input) => toTenantPath(input) as z.output<typeof TenantPath> | undefined,
  schema: async () => (await import('./parameters.ts')).TenantPath,
};

export const providerPathShape: Shape<typeof ProviderPath> = {
  accept: (input) => toProviderPath(input) as z.output<typeof ProviderPath> | undefined,
  schema: async () => (await import('./parameters.ts')).ProviderPath,
};

export const operationPathShape: Shape<typeof OperationPath> = {
  accept: (input) => toOperationPath(input) as z.output<typeof OperationPath> | undefined,
  schema: async () => (await import('./parameters.ts')).OperationPath,
};

export const providerQueryShape: Shape<typeof ProviderQuery> = {
  accept: (input) => toProviderQuery(input) as z.output<typeof ProviderQuery> | undefined,
  schema: async () => (await import('./parameters.ts')).ProviderQuery,
};

export const limitQueryShape: Shape<typeof LimitQuery> = {
  accept: (input) => toLimitQuery(input) as z.output<typeof LimitQuery> | undefined,
  schema: async () => (await import('./parameters.ts')).LimitQuery,
};

export const logsQueryShape: Shape<typeof LogsQuery> = {
  accept: (input) => toLogsQuery(input) as z.output<typeof LogsQuery> | undefined,
  schema: async () => (await import('./parameters.ts')).LogsQuery,
};

export const waitQueryShape: Shape<typeof WaitQuery> = {
  accept: (input) => toWaitQuery(input) as z.output<typeof WaitQuery> | undefined,
  schema: async () => (await import('./parameters.ts')).WaitQuery,
};

export const listQueryShape: Shape<typeof ListQuery> = {
  accept: (input) => toListQuery(input) as z.output<typeof ListQuery> | undefined,
  schema: async () => (await import('./parameters.ts')).ListQuery,
};

export const noParametersShape: Shape<typeof NoParameters> = {
  accept: (input) => toNoParameters(input) as z.output<typeof NoParameters> | undefined,
  schema: async () => (await import('./parameters.ts')).NoParameters,
};

export const anyParametersShape: Shape<typeof AnyParameters> = {
  accept: (input) => toAnyParameters(input) as z.output<typeof AnyParameters> | undefined,
  schema: async () => (await import('./parameters.ts')).AnyParameters,
};

export const rollbackRequestShape: Shape<typeof RollbackRequest> = {
  accept: (input) => toRollbackRequest(input) as z.output<typeof RollbackRequest> | undefined,
  schema: async () => (await import('./parameters.ts')).RollbackRequest,
};
