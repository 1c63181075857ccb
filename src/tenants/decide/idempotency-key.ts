import { createHash } from 'node:crypto';
import { IdempotencyMismatchError } from '../../compute/errors.ts';
import { hashJson } from '../../compute/spec/json.ts';
import { parseOperationId } from '../model/ids.ts';
import type { Operation } from '../model/operation.ts';
import type { KeyRecord } from '../model/records.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Store } from '../store/store.ts';
import type { Decision } from './decide.ts';
import type { MutationResult } from './mutation-result.ts';

/** A request as its key stands for it. */
export interface KeyedRequest {
  tenantId: string;
  /** The kind of the request and its content. */
  body: unknown;
  ifMatch?: number | undefined;
}

/** The hint of an operation that failed: its key leads to this failure until it expires. */
const FAILED_HINT = 'Send the request again with a new idempotency key.';

/**
 * The idempotency key of one request. It stands for the caller, the kind of the request, the tenant, the body and
 * `If-Match`; another request under the same key is refused. Two items are involved, the key and the tenant, and no
 * transaction covers both. So the order makes it safe: the key is read before the tenant and written before the
 * tenant, each write on condition that the item is as it was read. Of several simultaneous requests with one key, one
 * takes the key, which then leads to its operation.
 *
 * A crash between the two writes leaves a key whose operation never began. `replay` finds no such operation and lets the
 * repeated request go on. Where that operation was to begin a new life of the tenant, the request
 * reuses its incarnation. So the operation id in the key becomes true, whichever request writes first.
 */
export class IdempotencyKey {
  /** Digests of the key and the request, kept by the operation. */
  readonly idempotency: NonNullable<Operation['idempotency']>;
  readonly #store: Store;
  readonly #tenantId: string;
  /** The digest that older versions recorded. */
  readonly #olderRequest: string;
  #record: KeyRecord | undefined;
  #version = 0;
  #incarnation: string | undefined;

  constructor(store: Store, caller: string, key: string, { tenantId, body, ifMatch }: KeyedRequest) {
    this.#store = store;
    this.#tenantId = tenantId;
    this.#olderRequest = hashJson(body);
    this.idempotency = { key: digestOf(caller, key), request: hashJson([tenantId, ifMatch, body]) };
  }

  /** The incarnation that another request with this key announced and did not begin yet. Known after `replay`. */
  get incarnation(): string | undefined {
    return this.#incarnation;
  }

  async read(): Promise<void> {
    const { record, version } = await this.#store.getKey(this.idempotency.key);
    this.#record = record;
    this.#version = version;
  }

  /**
   * Returns the result of the earlier request with this key, or undefined where there was none. While the operation of
   * that request runs, it is the running operation. Throws `IdempotencyMismatchError` for another request.
   */
  async replay(current: Tenant | undefined): Promise<MutationResult | undefined> {
    const { key } = this.idempotency;
    const wasTakenSinceRead = !this.#record && current?.operation.idempotency?.key === key;
    if (wasTakenSinceRead) await this.read();
    if (!this.#record) return undefined;
    const { operation_id, found, shown } = this.#record;
    if (!this.#isSame(this.#record)) throw new IdempotencyMismatchError();
    if (found === 'absent') return { kind: 'none' };
    const operation = await this.#operation(operation_id, current);
    this.#incarnation = operation ? undefined : incarnationBegunBy(operation_id);
    const isOwn = found !== undefined || operation?.idempotency?.key === key;
    if (!operation || !current || !isOwn) return undefined; // the key was taken, and its operation never began
    const revision = this.#record.revision ?? operation.revision ?? current.desired.revision;
    const kind = found === 'unchanged' ? 'unchanged' : 'operation';
    return { kind, operation, tenant: { ...current, ...shown }, revision, repeated: true };
  }

  /**
   * Returns the result as the caller of this key sees it: no repetition with the key makes a failed operation succeed.
   */
  answer(result: MutationResult): MutationResult {
    if (result.kind !== 'operation') return result;
    const { error, state } = result.operation;
    if (state !== 'failed' || !error || error.fault === 'caller') return result;
    const hint = result.repeated ? FAILED_HINT : error.hint;
    return { ...result, operation: { ...result.operation, error: { ...error, retryable: false, hint } } };
  }

  /** Records the decision under the key. Throws `ConditionFailedError` where another request was first. */
  async take(decision: Decision): Promise<void> {
    const { key, request } = this.idempotency;
    const found = decision.kind === 'accepted' ? undefined : decision.kind;
    const record = { request, found, ...('tenant' in decision && answerOf(decision)) };
    await this.#store.putKey(key, record, this.#version);
  }

  /** Older versions recorded a digest of the kind and the body only. The operation then tells the tenant. */
  #isSame({ request, operation_id }: KeyRecord): boolean {
    if (request === this.idempotency.request) return true;
    if (request !== this.#olderRequest) return false;
    return operation_id === undefined || parseOperationId(operation_id)?.tenantId === this.#tenantId;
  }

  async #operation(id: string | undefined, current: Tenant | undefined): Promise<Operation | undefined> {
    if (id === undefined || current?.operation.operation_id === id) return current?.operation;
    return this.#store.getOperation(id);
  }
}

/** Returns what a key keeps of the first answer. */
function answerOf({ kind, tenant }: Exclude<Decision, { kind: 'absent' }>): Partial<KeyRecord> {
  const { operation, desired, endpoints, resource_ids, provisioned_at, updated_at } = tenant;
  const shown = kind === 'unchanged' ? { endpoints, resource_ids, provisioned_at, updated_at } : undefined;
  return { operation_id: operation.operation_id, revision: desired.revision, shown };
}

/** Returns the incarnation that an operation begins: that of its first operation. */
function incarnationBegunBy(operationId = ''): string | undefined {
  const { incarnation, seq } = parseOperationId(operationId) ?? {};
  return seq === 1 ? incarnation : undefined;
}

function digestOf(caller: string, key: string): string {
  return createHash('sha256').update(`${caller}\0${key}`).digest('hex');
}
