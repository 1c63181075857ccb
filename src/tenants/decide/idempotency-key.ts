import { createHash } from 'node:crypto';
import { IdempotencyMismatchError, OperationInProgressError } from '../../compute/errors.ts';
import { hashJson } from '../../compute/spec/json.ts';
import { parseOperationId } from '../model/ids.ts';
import type { MutationResult } from '../model/mutation-result.ts';
import type { Operation } from '../model/operation.ts';
import type { KeyRecord } from '../model/records.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import type { Store } from '../store/store.ts';
import type { Decision } from './decide.ts';

/**
 * The idempotency key of one request. Two items are involved, the key and the tenant, and no transaction covers both. So the
 * order makes it safe: the key is read before the tenant and written before the tenant, each write on condition that the
 * item is as it was read. Of several simultaneous requests with one key, one takes the key, which then leads to its
 * operation.
 *
 * A crash between the two writes leaves a key whose operation never began. `replay` finds no such operation and lets the
 * repeated request go on. Where that operation was to begin a new life of the tenant, the request
 * reuses its incarnation. So the operation id in the key becomes true, whichever request writes first.
 */
export class IdempotencyKey {
  /** Digests of the key and the request, kept by the operation. */
  readonly idempotency: NonNullable<Operation['idempotency']>;
  readonly #store: Store;
  #record: KeyRecord | undefined;
  #version = 0;
  #incarnation: string | undefined;

  constructor(store: Store, caller: string, key: string, body: unknown) {
    this.#store = store;
    this.idempotency = { key: digestOf(caller, key), request: hashJson(body) };
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
   * Returns the result of the earlier request with this key, or undefined where there was none. Throws
   * `IdempotencyMismatchError`, or `OperationInProgressError` while the operation of that request runs.
   */
  async replay(current: Tenant | undefined): Promise<MutationResult | undefined> {
    const { key, request } = this.idempotency;
    const wasTakenSinceRead = !this.#record && current?.operation.idempotency?.key === key;
    if (wasTakenSinceRead) await this.read();
    if (!this.#record) return undefined;
    const { operation_id, found } = this.#record;
    if (this.#record.request !== request) throw new IdempotencyMismatchError();
    if (found === 'absent') return { kind: 'none' };
    const operation = await this.#operation(operation_id, current);
    this.#incarnation = operation ? undefined : incarnationBegunBy(operation_id);
    const isOwn = found !== undefined || operation?.idempotency?.key === key;
    if (!operation || !current || !isOwn) return undefined; // the key was taken, and its operation never began
    if (isRunning({ operation })) {
      const { operation_id: operationId } = operation;
      throw new OperationInProgressError(`operation ${operationId} of this idempotency key`, { operationId });
    }
    return { kind: found === 'unchanged' ? 'unchanged' : 'operation', operation, tenant: current };
  }

  /** Records the decision under the key. Throws `ConditionFailedError` where another request was first. */
  async take(decision: Decision): Promise<void> {
    const { key, request } = this.idempotency;
    const operation_id = 'tenant' in decision ? decision.tenant.operation.operation_id : undefined;
    const found = decision.kind === 'accepted' ? undefined : decision.kind;
    await this.#store.putKey(key, { request, operation_id, found }, this.#version);
  }

  async #operation(id: string | undefined, current: Tenant | undefined): Promise<Operation | undefined> {
    if (id === undefined || current?.operation.operation_id === id) return current?.operation;
    return this.#store.getOperation(id);
  }
}

/** Returns the incarnation that an operation begins: that of its first operation. */
function incarnationBegunBy(operationId = ''): string | undefined {
  const { incarnation, seq } = parseOperationId(operationId) ?? {};
  return seq === 1 ? incarnation : undefined;
}

function digestOf(caller: string, key: string): string {
  return createHash('sha256').update(`${caller}\0${key}`).digest('hex');
}
