import { createHash } from 'node:crypto';
import { IdempotencyMismatchError, OperationInProgressError } from '../../compute/errors.ts';
import { hashJson } from '../../compute/spec/json.ts';
import type { Operation } from '../model/operation.ts';
import { parseOperationId } from '../model/operation-id.ts';
import type { KeyRecord } from '../model/records.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Store } from '../store/store.ts';
import type { MutationResult } from '../tenants.ts';
import type { Decision } from './decide.ts';

/**
 * What one request may know of its idempotency key, and how it takes it. The key is read before the tenant and taken before
 * the tenant is written, each on condition that it is as it was read. So of those who hold one key at the same time only one
 * can record its request, and the key then leads to it.
 */
export class IdempotencyKey {
  /** What the operation keeps of the key. */
  readonly idempotency: NonNullable<Operation['idempotency']>;
  readonly #store: Store;
  #record: KeyRecord | undefined;
  #version = 0;
  #incarnation: string | undefined;

  constructor(store: Store, caller: string, key: string, body: unknown) {
    this.#store = store;
    this.idempotency = { key: digestOf(caller, key), request: hashJson(body) };
  }

  /** The life that somebody with the same key is about to begin, known after `replay`. It is to be taken over, so that the key leads to it whoever is first. */
  get incarnation(): string | undefined {
    return this.#incarnation;
  }

  async read(): Promise<void> {
    const { record, version } = await this.#store.getKey(this.idempotency.key);
    this.#record = record;
    this.#version = version;
  }

  /**
   * The answer to the request that came before with this key; nothing if none did. Throws `IdempotencyMismatchError`, or
   * `OperationInProgressError` while that one goes on.
   */
  async replay(current: Tenant | undefined): Promise<MutationResult | undefined> {
    const { key, request } = this.idempotency;
    if (!this.#record && current?.operation.idempotency?.key === key) await this.read(); // taken between the two reads
    if (!this.#record) return undefined;
    const { operation_id, found } = this.#record;
    if (this.#record.request !== request) throw new IdempotencyMismatchError();
    if (found === 'absent') return { kind: 'none' };
    const operation = await this.#operation(operation_id, current);
    this.#incarnation = operation ? undefined : lifeBegunBy(operation_id);
    const isOwn = found !== undefined || operation?.idempotency?.key === key;
    if (!operation || !current || !isOwn) return undefined; // taken, and never followed by its operation
    if (operation.state === 'running') {
      const { operation_id: operationId } = operation;
      throw new OperationInProgressError(`operation ${operationId} of this idempotency key`, { operationId });
    }
    return { kind: found === 'unchanged' ? 'unchanged' : 'operation', operation, tenant: current };
  }

  /** Throws `ConditionFailedError` if somebody else took the key since it was read. */
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

/** The first operation of a life begins it. */
function lifeBegunBy(operationId = ''): string | undefined {
  const { incarnation, seq } = parseOperationId(operationId) ?? {};
  return seq === 1 ? incarnation : undefined;
}

function digestOf(caller: string, key: string): string {
  return createHash('sha256').update(`${caller}\0${key}`).digest('hex');
}
