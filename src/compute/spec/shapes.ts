// Written by `npm run acceptors` from the schemas.
import type * as z from 'zod';
import { isPoisonous, isText, isWithin, measureJson } from './json.ts';
import { PART_LIMITS, SPEC_LIMITS } from './limits.ts';
import { isImageReference } from './names.ts';
import { type Loose, countKeys, isPlain, lazily } from './plain.ts';
import type { ComputeStatus, LogPage, ProvisionResult, UpdateResult, ValidationResult } from '../results.ts';
import type { Shape } from './shape.ts';
import type { TenantComputeSpec } from './spec.ts';

/** Of what was looked at so far. */
let bytes = 0;
let values = 0;

const pattern1 = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u;
const pattern2 = /^[a-z0-9][a-z0-9-]{0,62}$/u;
const pattern3 = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/u;
const pattern4 = /^\/[\x21-\x7e]{0,1023}$/u;
const pattern5 = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/u;
const pattern6 = lazily(() => /^[\p{L}\p{N}\p{Zs}_.:/=+@-]{0,255}$/u);
const pattern7 = /^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$/u;

function toTenantComputeSpecContainersEntryCommand(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length > 256) return undefined;
  values += input.length;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string' || value.length > 32768 || !isText(value)) return undefined;
    output[index] = value;
    bytes += value.length;
  }
  return output;
}

function toTenantComputeSpecContainersEntryEnv(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  const size = countKeys(input);
  if (size > SPEC_LIMITS.maxKeys) return undefined;
  values += size;
  const output: Loose = { ...input };
  for (const key in output) {
    if (isPoisonous(key) || !pattern3.test(key)) return undefined;
    bytes += key.length + 3;
    const value = output[key];
    if (typeof value !== 'string' || !isText(value)) return undefined;
    bytes += value.length;
  }
  return output;
}

function toTenantComputeSpecContainersEntryPortsEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  bytes += 47;
  values += 4;
  const output: Loose = {};
  let value: unknown;
  let known = 1;
  value = input.container_port;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 65535) return undefined;
  output.container_port = value;
  value = input.host_port;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 65535) return undefined;
    output.host_port = value;
    known += 1;
  }
  value = input.protocol;
  if (value !== undefined) {
    if (value !== "tcp" && value !== "udp") return undefined;
    output.protocol = value;
    bytes += value.length;
    known += 1;
  } else output.protocol = "tcp";
  value = input.name;
  if (value !== undefined) {
    if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern1.test(value)) return undefined;
    output.name = value;
    bytes += value.length;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toTenantComputeSpecContainersEntryPorts(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length > 64) return undefined;
  values += input.length;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toTenantComputeSpecContainersEntryPortsEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toTenantComputeSpecContainersEntryHealthCheckCommand(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length < 1 || input.length > 256) return undefined;
  values += input.length;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string' || value.length > 32768 || !isText(value)) return undefined;
    output[index] = value;
    bytes += value.length;
  }
  return output;
}

function toTenantComputeSpecContainersEntryHealthCheck(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  bytes += 115;
  values += 8;
  const output: Loose = {};
  let value: unknown;
  let known = 1;
  value = input.type;
  if (value !== "http" && value !== "tcp" && value !== "exec") return undefined;
  output.type = value;
  bytes += value.length;
  value = input.http_path;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern4.test(value)) return undefined;
    output.http_path = value;
    bytes += value.length;
    known += 1;
  }
  value = input.port;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 65535) return undefined;
    output.port = value;
    known += 1;
  }
  value = input.command;
  if (value !== undefined) {
    output.command = toTenantComputeSpecContainersEntryHealthCheckCommand(value);
    if (output.command === undefined) return undefined;
    known += 1;
  }
  value = input.interval_seconds;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 5 || value > 3600) return undefined;
    output.interval_seconds = value;
    known += 1;
  } else output.interval_seconds = 10;
  value = input.timeout_seconds;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 3600) return undefined;
    output.timeout_seconds = value;
    known += 1;
  } else output.timeout_seconds = 4;
  value = input.healthy_threshold;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 100) return undefined;
    output.healthy_threshold = value;
    known += 1;
  } else output.healthy_threshold = 1;
  value = input.unhealthy_threshold;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 100) return undefined;
    output.unhealthy_threshold = value;
    known += 1;
  } else output.unhealthy_threshold = 3;
  return countKeys(input) === known ? output : undefined;
}

function toTenantComputeSpecContainersEntryResources(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  bytes += 25;
  values += 3;
  const output: Loose = {};
  let value: unknown;
  let known = 2;
  value = input.cpu;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 128) return undefined;
  output.cpu = value;
  value = input.memory;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 128) return undefined;
  output.memory = value;
  value = input.storage;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return undefined;
    output.storage = value;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toTenantComputeSpecContainersEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  bytes += 73;
  values += 8;
  const output: Loose = {};
  let value: unknown;
  let known = 2;
  value = input.name;
  if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern1.test(value)) return undefined;
  output.name = value;
  bytes += value.length;
  value = input.image;
  if (typeof value !== 'string' || value.length < 1 || value.length > 512 || !isImageReference(value)) return undefined;
  output.image = value;
  bytes += value.length;
  value = input.command;
  if (value !== undefined) {
    output.command = toTenantComputeSpecContainersEntryCommand(value);
    if (output.command === undefined) return undefined;
    known += 1;
  }
  value = input.args;
  if (value !== undefined) {
    output.args = toTenantComputeSpecContainersEntryCommand(value);
    if (output.args === undefined) return undefined;
    known += 1;
  }
  value = input.env;
  if (value !== undefined) {
    output.env = toTenantComputeSpecContainersEntryEnv(value);
    if (output.env === undefined) return undefined;
    known += 1;
  }
  value = input.ports;
  if (value !== undefined) {
    output.ports = toTenantComputeSpecContainersEntryPorts(value);
    if (output.ports === undefined) return undefined;
    known += 1;
  }
  value = input.health_check;
  if (value !== undefined) {
    output.health_check = toTenantComputeSpecContainersEntryHealthCheck(value);
    if (output.health_check === undefined) return undefined;
    known += 1;
  }
  value = input.resources;
  if (value !== undefined) {
    output.resources = toTenantComputeSpecContainersEntryResources(value);
    if (output.resources === undefined) return undefined;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toTenantComputeSpecContainers(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length < 1 || input.length > 10) return undefined;
  values += input.length;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toTenantComputeSpecContainersEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toTenantComputeSpecNetworkingSecurityGroups(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length > 16) return undefined;
  values += input.length;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string' || value.length < 1 || value.length > 255 || !isText(value)) return undefined;
    output[index] = value;
    bytes += value.length;
  }
  return output;
}

function toTenantComputeSpecNetworkingDns(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  bytes += 20;
  values += 2;
  const output: Loose = {};
  let value: unknown;
  value = input.hostname;
  if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern1.test(value)) return undefined;
  output.hostname = value;
  bytes += value.length;
  value = input.domain;
  if (typeof value !== 'string' || value.length < 1 || value.length > 253 || !isText(value)) return undefined;
  output.domain = value;
  bytes += value.length;
  return countKeys(input) === 2 ? output : undefined;
}

function toTenantComputeSpecNetworking(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  bytes += 46;
  values += 4;
  const output: Loose = {};
  let value: unknown;
  let known = 0;
  value = input.public_ip;
  if (value !== undefined) {
    if (typeof value !== 'boolean') return undefined;
    output.public_ip = value;
    known += 1;
  }
  value = input.security_groups;
  if (value !== undefined) {
    output.security_groups = toTenantComputeSpecNetworkingSecurityGroups(value);
    if (output.security_groups === undefined) return undefined;
    known += 1;
  }
  value = input.subnets;
  if (value !== undefined) {
    output.subnets = toTenantComputeSpecNetworkingSecurityGroups(value);
    if (output.subnets === undefined) return undefined;
    known += 1;
  }
  value = input.dns;
  if (value !== undefined) {
    output.dns = toTenantComputeSpecNetworkingDns(value);
    if (output.dns === undefined) return undefined;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toTenantComputeSpecSecretsEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  bytes += 32;
  values += 4;
  const output: Loose = {};
  let value: unknown;
  value = input.name;
  if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern1.test(value)) return undefined;
  output.name = value;
  bytes += value.length;
  value = input.source;
  if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern1.test(value)) return undefined;
  output.source = value;
  bytes += value.length;
  value = input.key;
  if (typeof value !== 'string' || value.length < 1 || value.length > 2048 || !isText(value)) return undefined;
  output.key = value;
  bytes += value.length;
  value = input.env_var;
  if (typeof value !== 'string' || !pattern3.test(value)) return undefined;
  output.env_var = value;
  bytes += value.length;
  return countKeys(input) === 4 ? output : undefined;
}

function toTenantComputeSpecSecrets(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length > 64) return undefined;
  values += input.length;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toTenantComputeSpecSecretsEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toTenantComputeSpecLabels(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  const size = countKeys(input);
  if (size > 40) return undefined;
  values += size;
  const output: Loose = { ...input };
  for (const key in output) {
    if (isPoisonous(key) || !pattern5.test(key)) return undefined;
    bytes += key.length + 3;
    const value = output[key];
    if (typeof value !== 'string' || !pattern6.test(value) || !isText(value)) return undefined;
    bytes += value.length;
  }
  return output;
}

function toTenantComputeSpecProviderConfig(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  const part = measureJson(input, PART_LIMITS);
  if (!part) return undefined;
  bytes += part.bytes;
  values += part.values;
  const output: Loose = { ...input };
  for (const key in output) {
    if (isPoisonous(key) || !isText(key)) return undefined;
    bytes += key.length + 3;
  }
  return output;
}

function toTenantComputeSpec(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  bytes += 103;
  values += 8;
  const output: Loose = {};
  let value: unknown;
  let known = 4;
  value = input.tenant_id;
  if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern1.test(value)) return undefined;
  output.tenant_id = value;
  bytes += value.length;
  value = input.provider_type;
  if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern2.test(value)) return undefined;
  output.provider_type = value;
  bytes += value.length;
  value = input.containers;
  output.containers = toTenantComputeSpecContainers(value);
  if (output.containers === undefined) return undefined;
  value = input.resources;
  output.resources = toTenantComputeSpecContainersEntryResources(value);
  if (output.resources === undefined) return undefined;
  value = input.networking;
  if (value !== undefined) {
    output.networking = toTenantComputeSpecNetworking(value);
    if (output.networking === undefined) return undefined;
    known += 1;
  }
  value = input.secrets;
  if (value !== undefined) {
    output.secrets = toTenantComputeSpecSecrets(value);
    if (output.secrets === undefined) return undefined;
    known += 1;
  }
  value = input.labels;
  if (value !== undefined) {
    output.labels = toTenantComputeSpecLabels(value);
    if (output.labels === undefined) return undefined;
    known += 1;
  }
  value = input.provider_config;
  if (value !== undefined) {
    output.provider_config = toTenantComputeSpecProviderConfig(value);
    if (output.provider_config === undefined) return undefined;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toProvisionResultResourceIds(input: unknown): Loose | undefined {
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

function toProvisionResultEndpointsEntry(input: unknown): Loose | undefined {
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

function toProvisionResultEndpoints(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toProvisionResultEndpointsEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toProvisionResult(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
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
    output.resource_ids = toProvisionResultResourceIds(value);
    if (output.resource_ids === undefined) return undefined;
  } else output.resource_ids = {};
  value = input.endpoints;
  if (value !== undefined) {
    output.endpoints = toProvisionResultEndpoints(value);
    if (output.endpoints === undefined) return undefined;
  } else output.endpoints = [];
  value = input.message;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.message = value;
  } else output.message = "";
  value = input.provisioned_at;
  if (typeof value !== 'string' || !pattern7.test(value)) return undefined;
  output.provisioned_at = value;
  return output;
}

function toUpdateResultChanges(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string') return undefined;
    output[index] = value;
  }
  return output;
}

function toUpdateResult(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
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
    output.changes = toUpdateResultChanges(value);
    if (output.changes === undefined) return undefined;
  } else output.changes = [];
  value = input.message;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.message = value;
  } else output.message = "";
  value = input.updated_at;
  if (typeof value !== 'string' || !pattern7.test(value)) return undefined;
  output.updated_at = value;
  return output;
}

function toComputeStatusContainersEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.name;
  if (typeof value !== 'string') return undefined;
  output.name = value;
  value = input.state;
  if (value !== "running" && value !== "stopped" && value !== "starting" && value !== "stopping" && value !== "failed" && value !== "unknown") return undefined;
  output.state = value;
  value = input.ready;
  if (typeof value !== 'boolean') return undefined;
  output.ready = value;
  value = input.restart_count;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return undefined;
    output.restart_count = value;
  } else output.restart_count = 0;
  value = input.message;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.message = value;
  } else output.message = "";
  return output;
}

function toComputeStatusContainers(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toComputeStatusContainersEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toComputeStatus(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.tenant_id;
  if (typeof value !== 'string') return undefined;
  output.tenant_id = value;
  value = input.provider_type;
  if (typeof value !== 'string') return undefined;
  output.provider_type = value;
  value = input.state;
  if (value !== "running" && value !== "stopped" && value !== "starting" && value !== "stopping" && value !== "failed" && value !== "unknown") return undefined;
  output.state = value;
  value = input.containers;
  if (value !== undefined) {
    output.containers = toComputeStatusContainers(value);
    if (output.containers === undefined) return undefined;
  } else output.containers = [];
  value = input.health;
  if (value !== "healthy" && value !== "unhealthy" && value !== "unknown") return undefined;
  output.health = value;
  value = input.endpoints;
  if (value !== undefined) {
    output.endpoints = toProvisionResultEndpoints(value);
    if (output.endpoints === undefined) return undefined;
  } else output.endpoints = [];
  value = input.last_updated;
  if (typeof value !== 'string' || !pattern7.test(value)) return undefined;
  output.last_updated = value;
  value = input.metadata;
  if (value !== undefined) {
    output.metadata = toProvisionResultResourceIds(value);
    if (output.metadata === undefined) return undefined;
  } else output.metadata = {};
  return output;
}

function toLogPageLinesEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.container;
  if (typeof value !== 'string') return undefined;
  output.container = value;
  value = input.time;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern7.test(value)) return undefined;
    output.time = value;
  }
  value = input.text;
  if (typeof value !== 'string') return undefined;
  output.text = value;
  return output;
}

function toLogPageLines(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toLogPageLinesEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toLogPage(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.lines;
  output.lines = toLogPageLines(value);
  if (output.lines === undefined) return undefined;
  value = input.next_cursor;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.next_cursor = value;
  }
  return output;
}

function toValidationResult(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.valid;
  if (value !== true) return undefined;
  output.valid = value;
  value = input.warnings;
  output.warnings = toUpdateResultChanges(value);
  if (output.warnings === undefined) return undefined;
  return output;
}

export const tenantComputeSpecShape: Shape<typeof TenantComputeSpec> = {
  accept(input) {
    const outer = { bytes, values };
    bytes = 0;
    values = 0;
    const output = toTenantComputeSpec(input) as z.output<typeof TenantComputeSpec> | undefined;
    const size = { bytes, values };
    ({ bytes, values } = outer);
    return output && isWithin(SPEC_LIMITS, input, size) ? output : undefined;
  },
  schema: async () => (await import('./spec.ts')).TenantComputeSpec,
};

export const provisionResultShape: Shape<typeof ProvisionResult> = {
  accept: (input) => toProvisionResult(input) as z.output<typeof ProvisionResult> | undefined,
  schema: async () => (await import('../results.ts')).ProvisionResult,
};

export const updateResultShape: Shape<typeof UpdateResult> = {
  accept: (input) => toUpdateResult(input) as z.output<typeof UpdateResult> | undefined,
  schema: async () => (await import('../results.ts')).UpdateResult,
};

export const computeStatusShape: Shape<typeof ComputeStatus> = {
  accept: (input) => toComputeStatus(input) as z.output<typeof ComputeStatus> | undefined,
  schema: async () => (await import('../results.ts')).ComputeStatus,
};

export const logPageShape: Shape<typeof LogPage> = {
  accept: (input) => toLogPage(input) as z.output<typeof LogPage> | undefined,
  schema: async () => (await import('../results.ts')).LogPage,
};

export const validationResultShape: Shape<typeof ValidationResult> = {
  accept: (input) => toValidationResult(input) as z.output<typeof ValidationResult> | undefined,
  schema: async () => (await import('../results.ts')).ValidationResult,
};
