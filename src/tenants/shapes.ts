// Written by `npm run acceptors` from the schemas.
import type * as z from 'zod';
import { type Loose, countKeys, isPlain } from '../compute/spec/plain.ts';
import type { Shape } from '../compute/spec/shape.ts';
import type { Rates } from './rate/rates.ts';
import type { TenantSummary } from './model/summary.ts';
import type { HistoryEntry, Tenant } from './model/tenant.ts';

const pattern1 = /^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z))$/u;
const pattern2 = /^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$/u;

function toTenantDesiredChanged(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string') return undefined;
    output[index] = value;
  }
  return output;
}

function toTenantDesired(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.revision;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.revision = value;
  value = input.incarnation;
  if (typeof value !== 'string') return undefined;
  output.incarnation = value;
  value = input.spec;
  if (typeof value !== 'object' || value === null) return undefined;
  output.spec = value;
  value = input.spec_hash;
  if (typeof value !== 'string') return undefined;
  output.spec_hash = value;
  value = input.operation_id;
  if (typeof value !== 'string') return undefined;
  output.operation_id = value;
  value = input.actor;
  if (typeof value !== 'string') return undefined;
  output.actor = value;
  value = input.created_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.created_at = value;
  value = input.changed;
  output.changed = toTenantDesiredChanged(value);
  if (output.changed === undefined) return undefined;
  value = input.rollback_of;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
    output.rollback_of = value;
  }
  return output;
}

function toTenantServing(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.revision;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.revision = value;
  value = input.spec_hash;
  if (typeof value !== 'string') return undefined;
  output.spec_hash = value;
  return output;
}

function toTenantOperationRetriesEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.at = value;
  value = input.code;
  if (typeof value !== 'string') return undefined;
  output.code = value;
  value = input.message;
  if (typeof value !== 'string') return undefined;
  output.message = value;
  value = input.next_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.next_at = value;
  return output;
}

function toTenantOperationRetries(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toTenantOperationRetriesEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toTenantOperationErrorIssuesEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.pointer;
  if (typeof value !== 'string') return undefined;
  output.pointer = value;
  value = input.message;
  if (typeof value !== 'string') return undefined;
  output.message = value;
  return output;
}

function toTenantOperationErrorIssues(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toTenantOperationErrorIssuesEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toTenantOperationError(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.code;
  if (typeof value !== 'string') return undefined;
  output.code = value;
  value = input.fault;
  if (typeof value !== 'string') return undefined;
  output.fault = value;
  value = input.retryable;
  if (typeof value !== 'boolean') return undefined;
  output.retryable = value;
  value = input.usable;
  if (typeof value !== 'boolean') return undefined;
  output.usable = value;
  value = input.message;
  if (typeof value !== 'string') return undefined;
  output.message = value;
  value = input.hint;
  if (typeof value !== 'string') return undefined;
  output.hint = value;
  value = input.issues;
  if (value !== undefined) {
    output.issues = toTenantOperationErrorIssues(value);
    if (output.issues === undefined) return undefined;
  }
  return output;
}

function toTenantOperationResultChoice1ResourceIds(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  const output: Loose = { ...input };
  for (const key in output) {
    if (key === '__proto__') return undefined;
    const value = output[key];
    if (typeof value !== 'string') return undefined;
  }
  return output;
}

function toTenantOperationResultChoice1EndpointsEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.type;
  if (typeof value !== 'string') return undefined;
  output.type = value;
  value = input.address;
  if (typeof value !== 'string') return undefined;
  output.address = value;
  value = input.port;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 65535) return undefined;
  output.port = value;
  value = input.url;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.url = value;
  }
  return output;
}

function toTenantOperationResultChoice1Endpoints(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toTenantOperationResultChoice1EndpointsEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toTenantOperationResultChoice1(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 4;
  value = input.tenant_id;
  if (typeof value !== 'string') return undefined;
  output.tenant_id = value;
  value = input.provider_type;
  if (typeof value !== 'string') return undefined;
  output.provider_type = value;
  value = input.status;
  if (value !== "success" && value !== "in_progress" && value !== "failed") return undefined;
  output.status = value;
  value = input.resource_ids;
  if (value !== undefined) {
    output.resource_ids = toTenantOperationResultChoice1ResourceIds(value);
    if (output.resource_ids === undefined) return undefined;
    known += 1;
  } else output.resource_ids = {};
  value = input.endpoints;
  if (value !== undefined) {
    output.endpoints = toTenantOperationResultChoice1Endpoints(value);
    if (output.endpoints === undefined) return undefined;
    known += 1;
  } else output.endpoints = [];
  value = input.message;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.message = value;
    known += 1;
  } else output.message = "";
  value = input.provisioned_at;
  if (typeof value !== 'string' || !pattern2.test(value)) return undefined;
  output.provisioned_at = value;
  return countKeys(input) === known ? output : undefined;
}

function toTenantOperationResultChoice2(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 4;
  value = input.tenant_id;
  if (typeof value !== 'string') return undefined;
  output.tenant_id = value;
  value = input.provider_type;
  if (typeof value !== 'string') return undefined;
  output.provider_type = value;
  value = input.status;
  if (value !== "success" && value !== "no_changes" && value !== "in_progress" && value !== "failed") return undefined;
  output.status = value;
  value = input.changes;
  if (value !== undefined) {
    output.changes = toTenantDesiredChanged(value);
    if (output.changes === undefined) return undefined;
    known += 1;
  } else output.changes = [];
  value = input.message;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.message = value;
    known += 1;
  } else output.message = "";
  value = input.updated_at;
  if (typeof value !== 'string' || !pattern2.test(value)) return undefined;
  output.updated_at = value;
  return countKeys(input) === known ? output : undefined;
}

function toTenantOperationResult(input: unknown): unknown | undefined {
  return toTenantOperationResultChoice1(input) ?? toTenantOperationResultChoice2(input);
}

function toTenantOperationIdempotency(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.key;
  if (typeof value !== 'string') return undefined;
  output.key = value;
  value = input.request;
  if (typeof value !== 'string') return undefined;
  output.request = value;
  return output;
}

function toTenantOperation(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.operation_id;
  if (typeof value !== 'string') return undefined;
  output.operation_id = value;
  value = input.tenant_id;
  if (typeof value !== 'string') return undefined;
  output.tenant_id = value;
  value = input.incarnation;
  if (typeof value !== 'string') return undefined;
  output.incarnation = value;
  value = input.seq;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.seq = value;
  value = input.type;
  if (value !== "provision" && value !== "update" && value !== "rollback" && value !== "destroy" && value !== "heal") return undefined;
  output.type = value;
  value = input.state;
  if (value !== "running" && value !== "succeeded" && value !== "failed" && value !== "cancelled") return undefined;
  output.state = value;
  value = input.revision;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
    output.revision = value;
  }
  value = input.actor;
  if (typeof value !== 'string') return undefined;
  output.actor = value;
  value = input.request_id;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.request_id = value;
  }
  value = input.requested_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.requested_at = value;
  value = input.queued_at;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.queued_at = value;
  }
  value = input.ended_at;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.ended_at = value;
  }
  value = input.deadline_at;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.deadline_at = value;
  }
  value = input.applied;
  if (value !== undefined) {
    if (typeof value !== 'boolean') return undefined;
    output.applied = value;
  } else output.applied = false;
  value = input.attempts;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
    output.attempts = value;
  } else output.attempts = 0;
  value = input.retries;
  if (value !== undefined) {
    output.retries = toTenantOperationRetries(value);
    if (output.retries === undefined) return undefined;
  } else output.retries = [];
  value = input.message;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.message = value;
  } else output.message = "";
  value = input.error;
  if (value !== undefined) {
    output.error = toTenantOperationError(value);
    if (output.error === undefined) return undefined;
  }
  value = input.result;
  if (value !== undefined) {
    output.result = toTenantOperationResult(value);
    if (output.result === undefined) return undefined;
  }
  value = input.idempotency;
  if (value !== undefined) {
    output.idempotency = toTenantOperationIdempotency(value);
    if (output.idempotency === undefined) return undefined;
  }
  return output;
}

function toTenantOutbox(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toTenantOperation(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toTenantLease(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.holder;
  if (typeof value !== 'string') return undefined;
  output.holder = value;
  value = input.fence;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.fence = value;
  value = input.expires_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.expires_at = value;
  return output;
}

function toTenantLine(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.backend;
  if (typeof value !== 'string') return undefined;
  output.backend = value;
  value = input.name;
  if (value !== "provision" && value !== "update" && value !== "destroy" && value !== "look") return undefined;
  output.name = value;
  value = input.act;
  if (typeof value !== 'boolean') return undefined;
  output.act = value;
  return output;
}

function toTenantConditionsEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.type;
  if (value !== "Ready" && value !== "Progressing" && value !== "Degraded") return undefined;
  output.type = value;
  value = input.status;
  if (typeof value !== 'boolean') return undefined;
  output.status = value;
  value = input.reason;
  if (typeof value !== 'string') return undefined;
  output.reason = value;
  value = input.message;
  if (typeof value !== 'string') return undefined;
  output.message = value;
  value = input.observed_revision;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.observed_revision = value;
  value = input.since;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.since = value;
  return output;
}

function toTenantConditions(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toTenantConditionsEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toTenant(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.tenant_id;
  if (typeof value !== 'string') return undefined;
  output.tenant_id = value;
  value = input.incarnation;
  if (typeof value !== 'string') return undefined;
  output.incarnation = value;
  value = input.provider_type;
  if (typeof value !== 'string') return undefined;
  output.provider_type = value;
  value = input.phase;
  if (value !== "provisioning" && value !== "ready" && value !== "updating" && value !== "destroying" && value !== "destroyed" && value !== "failed") return undefined;
  output.phase = value;
  value = input.desired;
  output.desired = toTenantDesired(value);
  if (output.desired === undefined) return undefined;
  value = input.serving;
  if (value !== undefined) {
    output.serving = toTenantServing(value);
    if (output.serving === undefined) return undefined;
  }
  value = input.operation;
  output.operation = toTenantOperation(value);
  if (output.operation === undefined) return undefined;
  value = input.outbox;
  if (value !== undefined) {
    output.outbox = toTenantOutbox(value);
    if (output.outbox === undefined) return undefined;
  } else output.outbox = [];
  value = input.lease;
  if (value !== undefined) {
    output.lease = toTenantLease(value);
    if (output.lease === undefined) return undefined;
  }
  value = input.fence;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
    output.fence = value;
  } else output.fence = 0;
  value = input.next_at;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.next_at = value;
  }
  value = input.line;
  if (value !== undefined) {
    output.line = toTenantLine(value);
    if (output.line === undefined) return undefined;
  }
  value = input.endpoints;
  if (value !== undefined) {
    output.endpoints = toTenantOperationResultChoice1Endpoints(value);
    if (output.endpoints === undefined) return undefined;
  } else output.endpoints = [];
  value = input.resource_ids;
  if (value !== undefined) {
    output.resource_ids = toTenantOperationResultChoice1ResourceIds(value);
    if (output.resource_ids === undefined) return undefined;
  } else output.resource_ids = {};
  value = input.conditions;
  if (value !== undefined) {
    output.conditions = toTenantConditions(value);
    if (output.conditions === undefined) return undefined;
  } else output.conditions = [];
  value = input.created_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.created_at = value;
  value = input.provisioned_at;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.provisioned_at = value;
  }
  value = input.updated_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.updated_at = value;
  value = input.last_requested_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.last_requested_at = value;
  value = input.destroyed_at;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.destroyed_at = value;
  }
  return output;
}

function toHistoryEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.operation;
  output.operation = toTenantOperation(value);
  if (output.operation === undefined) return undefined;
  value = input.revision;
  if (value !== undefined) {
    output.revision = toTenantDesired(value);
    if (output.revision === undefined) return undefined;
  }
  return output;
}

function toTenantSummary(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.tenant_id;
  if (typeof value !== 'string') return undefined;
  output.tenant_id = value;
  value = input.provider_type;
  if (typeof value !== 'string') return undefined;
  output.provider_type = value;
  value = input.phase;
  if (value !== "provisioning" && value !== "ready" && value !== "updating" && value !== "destroying" && value !== "destroyed" && value !== "failed") return undefined;
  output.phase = value;
  value = input.ready;
  if (typeof value !== 'boolean') return undefined;
  output.ready = value;
  value = input.reason;
  if (typeof value !== 'string') return undefined;
  output.reason = value;
  value = input.revision;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.revision = value;
  value = input.spec_hash;
  if (typeof value !== 'string') return undefined;
  output.spec_hash = value;
  value = input.labels;
  output.labels = toTenantOperationResultChoice1ResourceIds(value);
  if (output.labels === undefined) return undefined;
  value = input.endpoints;
  output.endpoints = toTenantOperationResultChoice1Endpoints(value);
  if (output.endpoints === undefined) return undefined;
  value = input.created_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.created_at = value;
  value = input.updated_at;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.updated_at = value;
  return output;
}

function toPacesKindsValueSince(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.turn;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.turn = value;
  value = input.at;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  output.at = value;
  return output;
}

function toPacesKindsValue(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.passes;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return undefined;
  output.passes = value;
  value = input.since;
  output.since = toPacesKindsValueSince(value);
  if (output.since === undefined) return undefined;
  value = input.searches;
  if (typeof value !== 'boolean') return undefined;
  output.searches = value;
  value = input.next_at;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  output.next_at = value;
  value = input.given;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.given = value;
  value = input.throttled_at;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  output.throttled_at = value;
  return output;
}

function toPacesKinds(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  const output: Loose = { ...input };
  for (const key in output) {
    if (key === '__proto__') return undefined;
    const value = output[key];
    output[key] = toPacesKindsValue(value);
    if (output[key] === undefined) return undefined;
  }
  return output;
}

function toPaces(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.version;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  output.version = value;
  value = input.kinds;
  output.kinds = toPacesKinds(value);
  if (output.kinds === undefined) return undefined;
  return output;
}

export const tenantShape: Shape<typeof Tenant> = {
  accept: (input) => toTenant(input) as z.output<typeof Tenant> | undefined,
  schema: async () => (await import('./model/tenant.ts')).Tenant,
};

export const historyEntryShape: Shape<typeof HistoryEntry> = {
  accept: (input) => toHistoryEntry(input) as z.output<typeof HistoryEntry> | undefined,
  schema: async () => (await import('./model/tenant.ts')).HistoryEntry,
};

export const tenantSummaryShape: Shape<typeof TenantSummary> = {
  accept: (input) => toTenantSummary(input) as z.output<typeof TenantSummary> | undefined,
  schema: async () => (await import('./model/summary.ts')).TenantSummary,
};

export const pacesShape: Shape<typeof Rates> = {
  accept: (input) => toPaces(input) as z.output<typeof Rates> | undefined,
  schema: async () => (await import('./rate/rates.ts')).Rates,
};
