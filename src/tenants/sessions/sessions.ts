import { randomUUID } from 'node:crypto';
import { ComputeError, TenantNotFoundError, TenantStoppedError } from '../../compute/errors.ts';
import type { ExecEnd, ExecRequest, ExecSession } from '../../compute/exec/exec.ts';
import type { Manager } from '../../compute/manager.ts';
import { type Clock, timestamp } from '../clock.ts';
import type { OperationSummary } from '../model/operation.ts';
import { exists, phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { refuseMoved } from '../place/check-place.ts';
import type { Store } from '../store/store.ts';
import type { Table } from '../store/table.ts';
import type { Caller } from '../tenants.ts';
import { putSession } from './session-entries.ts';
import { shownCommand } from './shown-command.ts';

export interface SessionsOptions {
  store: Store;
  table: Table;
  manager: Manager;
  clock: Clock;
}

export interface StartedSession {
  /** Identifies it in the activity. */
  session_id: string;
  session: ExecSession;
  /** Records how it ended. Never called where the backend carries it. */
  ended(end: ExecEnd): Promise<void>;
}

/*
 * A session changes no desired state, so it is no operation of the tenant: several go on at once, also during an update.
 * The activity has an entry for each, of type `exec`. It is written before anything is started: a session of which no
 * record can be made does not start. A refusal by the provider, and on one machine the end, are added to the entry later;
 * after a crash in between, the entry says that the session was permitted, which is what it is for.
 */

/** Starts programs in containers of tenants, and records who did. */
export class Sessions {
  readonly #store: Store;
  readonly #table: Table;
  readonly #manager: Manager;
  readonly #clock: Clock;

  constructor({ store, table, manager, clock }: SessionsOptions) {
    this.#store = store;
    this.#table = table;
    this.#manager = manager;
    this.#clock = clock;
  }

  /** Starts a session. Throws `TenantNotFoundError`, `TenantStoppedError`, and what `Provider.exec` throws. */
  async start(tenantId: string, request: ExecRequest, caller: Caller): Promise<StartedSession> {
    const { tenant } = await this.#store.getTenant(tenantId);
    if (!exists(tenant) || tenant.desired.revision === 0) throw new TenantNotFoundError(tenantId);
    await refuseMoved(this.#manager, tenant);
    const entry = this.#entryOf(tenant, request, caller);
    const record = (more: Partial<OperationSummary>) => putSession(this.#table, { ...entry, ...more });
    await record({});
    try {
      if (phases[tenant.phase].stopped) throw new TenantStoppedError(tenantId, { hint: 'Start the tenant first.' });
      const { signal } = caller;
      const session = await this.#manager.execInTenant(tenantId, tenant.provider_type, { ...request, signal });
      const facts = { container: session.container, command: entry.session?.command ?? '', tty: request.tty };
      const named = { session: facts, ...(session.kind === 'session_manager' && { message: session.session_id }) };
      await record(named);
      const ended = (end: ExecEnd) => record({ ...named, ended_at: timestamp(this.#clock), message: textOf(end) });
      return { session_id: entry.operation_id, session, ended };
    } catch (error) {
      const known = error instanceof ComputeError;
      const failure = { code: known ? error.code : ('internal' as const), message: known ? error.message : '' };
      await record({ state: 'failed', ended_at: timestamp(this.#clock), error: failure });
      throw error;
    }
  }

  #entryOf(tenant: Tenant, request: ExecRequest, { actor, requestId }: Caller): OperationSummary {
    const { tenant_id, incarnation, desired } = tenant;
    return {
      operation_id: `${tenant_id}.${incarnation}.exec-${randomUUID()}`,
      tenant_id,
      incarnation,
      type: 'exec',
      state: 'succeeded',
      actor,
      ...(requestId !== undefined && { request_id: requestId }),
      requested_at: timestamp(this.#clock),
      session: {
        container: request.container ?? '',
        command: shownCommand(request.command, desired.spec),
        tty: request.tty,
      },
    };
  }
}

function textOf(end: ExecEnd): string {
  return 'exit_code' in end ? `exited with code ${end.exit_code}` : `ended: ${end.reason}`;
}
