import { ProviderFailedError } from './errors.ts';
import type { ExecSession } from './exec/exec.ts';
import type { Glance } from './provider.ts';
import type {
  ComputeStatus,
  ContainerStatus,
  DestroyResult,
  Endpoint,
  LogLine,
  LogPage,
  ProvisionResult,
  UpdateResult,
  ValidationResult,
  VolumeStatus,
} from './results.ts';

/*
 * Checks of what providers answer. They accept what the schemas in `results.ts` accept, fill in the same defaults and drop
 * unknown fields, but need no zod: a function that only reads tenants checks an answer for each request. A test compares
 * the two. Each check throws `ProviderFailedError`, which names every field that is missing or malformed.
 */

/** An object in an answer, and where malformed fields are reported. */
interface Part {
  fields: Readonly<Record<string, unknown>>;
  /** JSON pointer to the object. */
  pointer: string;
  /** Pointers to the malformed fields of the whole answer. */
  malformed: string[];
}

type Guard<Value> = (value: unknown) => value is Value;

export function checkProvisionResult(answer: unknown, provider: string): ProvisionResult {
  return check(answer, provider, (part) => ({
    tenant_id: read(part, 'tenant_id', isText),
    provider_type: read(part, 'provider_type', isText),
    status: read(part, 'status', oneOf('success', 'in_progress', 'failed')),
    resource_ids: read(part, 'resource_ids', isTextMap, {}),
    endpoints: readList(part, 'endpoints', readEndpoint, []),
    message: read(part, 'message', isText, ''),
    provisioned_at: read(part, 'provisioned_at', isTime, now()),
  }));
}

export function checkUpdateResult(answer: unknown, provider: string): UpdateResult {
  return check(answer, provider, (part) => ({
    tenant_id: read(part, 'tenant_id', isText),
    provider_type: read(part, 'provider_type', isText),
    status: read(part, 'status', oneOf('success', 'no_changes', 'in_progress', 'failed')),
    changes: read(part, 'changes', isTextList, []),
    message: read(part, 'message', isText, ''),
    updated_at: read(part, 'updated_at', isTime, now()),
  }));
}

export function checkComputeStatus(answer: unknown, provider: string): ComputeStatus {
  return check(answer, provider, (part) => ({
    tenant_id: read(part, 'tenant_id', isText),
    provider_type: read(part, 'provider_type', isText),
    state: read(part, 'state', isState),
    containers: readList(part, 'containers', readContainer, []),
    health: read(part, 'health', oneOf('healthy', 'unhealthy', 'unknown')),
    endpoints: readList(part, 'endpoints', readEndpoint, []),
    ...(part.fields.volumes !== undefined && { volumes: readList(part, 'volumes', readVolume) }),
    last_updated: read(part, 'last_updated', isTime, now()),
    metadata: read(part, 'metadata', isTextMap, {}),
  }));
}

/** A provider may answer nothing where the tenant has no volumes. */
export function checkDestroyResult(answer: unknown, provider: string): DestroyResult {
  return check(answer ?? {}, provider, (part) => ({
    deleted_volumes: read(part, 'deleted_volumes', isTextList, []),
    kept_volumes: read(part, 'kept_volumes', isTextList, []),
    ...readOptional(part, 'remains', isText),
  }));
}

export function checkLogPage(answer: unknown, provider: string): LogPage {
  return check(answer, provider, (part) => ({
    lines: readList(part, 'lines', readLine),
    ...readOptional(part, 'next_cursor', isText),
  }));
}

/** A program is an object of this process, and returned as it is. */
export function checkExecSession(answer: ExecSession, provider: string): ExecSession {
  const { kind }: { kind?: unknown } = answer ?? {};
  return check(answer, provider, (part) => {
    read(part, 'kind', oneOf('program', 'session_manager'));
    const container = read(part, 'container', isText);
    if (kind === 'program') return answer;
    const text = (field: string) => read(part, field, isText);
    return {
      kind: 'session_manager',
      container,
      session_id: text('session_id'),
      stream_url: text('stream_url'),
      token: text('token'),
      target: text('target'),
      region: text('region'),
    };
  });
}

/** Returns the glances at these tenants; drops those at others. */
export function checkGlances(answer: unknown, tenantIds: readonly string[], provider: string): Glance[] {
  const asked = new Set(tenantIds);
  const { glances } = check({ glances: answer }, provider, (part) => ({
    glances: readList(part, 'glances', (one) => ({
      tenant_id: read(one, 'tenant_id', isText),
      is_well: read(one, 'is_well', isBoolean),
      ...readOptional(one, 'restart_count', isCount),
    })),
  }));
  return glances.filter(({ tenant_id }) => asked.has(tenant_id));
}

/** A provider may answer nothing where it has no warnings. */
export function checkValidation(answer: unknown, provider: string): ValidationResult {
  const fields = answer ?? {};
  return check(fields, provider, (part) => ({ valid: true, warnings: read(part, 'warnings', isTextList, []) }));
}

function readEndpoint(part: Part): Endpoint {
  return {
    type: read(part, 'type', isText),
    address: read(part, 'address', isText),
    port: read(part, 'port', isPort),
    ...readOptional(part, 'url', isText),
    ...readOptional(part, 'name', isText),
    ...readOptional(part, 'stable', isBoolean),
  };
}

function readContainer(part: Part): ContainerStatus {
  return {
    name: read(part, 'name', isText),
    state: read(part, 'state', isState),
    ready: read(part, 'ready', isBoolean),
    restart_count: read(part, 'restart_count', isCount, 0),
    message: read(part, 'message', isText, ''),
  };
}

function readVolume(part: Part): VolumeStatus {
  return {
    name: read(part, 'name', isText),
    retain: read(part, 'retain', isBoolean),
    mounted: read(part, 'mounted', isBoolean),
  };
}

function readLine(part: Part): LogLine {
  return {
    container: read(part, 'container', isText),
    ...readOptional(part, 'time', isTime),
    text: read(part, 'text', isText),
  };
}

function check<Answer>(answer: unknown, provider: string, readAnswer: (part: Part) => Answer): Answer {
  const malformed: string[] = [];
  if (!isObject(answer)) malformed.push('the whole answer');
  else {
    const checked = readAnswer({ fields: answer, pointer: '', malformed });
    if (malformed.length === 0) return checked;
  }
  throw new ProviderFailedError(`${provider} gave an answer that breaks the contract (${malformed.join(', ')})`, {
    retryable: false,
    hint: 'The provider itself is at fault. Report this error to its maintainer.',
  });
}

/** Reads a field. Without a fallback, the field is required. */
function read<Value>({ fields, pointer, malformed }: Part, name: string, guard: Guard<Value>, fallback?: Value): Value {
  const value = fields[name] === undefined ? fallback : fields[name];
  if (!guard(value)) malformed.push(`${pointer}/${name}`);
  return value as Value;
}

function readOptional<Name extends string, Value>(part: Part, name: Name, guard: Guard<Value>) {
  const isGiven = part.fields[name] !== undefined;
  return (isGiven ? { [name]: read(part, name, guard) } : {}) as { [Field in Name]?: Value };
}

function readList<Entry>(part: Part, name: string, readEntry: (part: Part) => Entry, fallback?: Entry[]): Entry[] {
  const list = read<unknown>(part, name, isList, fallback);
  if (!isList(list)) return [];
  return Array.from(list).flatMap((fields, index) => {
    const pointer = `${part.pointer}/${name}/${index}`;
    if (isObject(fields)) return [readEntry({ fields, pointer, malformed: part.malformed })];
    part.malformed.push(pointer);
    return [];
  });
}

function oneOf<const Text extends string>(...texts: Text[]): Guard<Text> {
  return (value): value is Text => texts.some((text) => text === value);
}

const isState = oneOf('running', 'stopped', 'starting', 'stopping', 'failed', 'unknown');

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextList(value: unknown): value is string[] {
  return isList(value) && Array.from(value).every(isText);
}

function isTextMap(value: unknown): value is Record<string, string> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isText);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPort(value: unknown): value is number {
  return isCount(value) && value <= 65_535;
}

/** ISO 8601 with seconds and an offset. */
function isTime(value: unknown): value is string {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
  return isText(value) && form.test(value) && !Number.isNaN(Date.parse(value));
}

function now(): string {
  return new Date().toISOString();
}
