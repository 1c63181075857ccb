import type { Client } from '../../client/client.ts';
import type { ProblemError } from '../../client/errors.ts';
import type { Answer, Endpoint } from '../../client/types.ts';
import { hintOf } from '../output/hint-of.ts';
import { describeOutcome, type TenantOutcome } from '../output/outcome.ts';
import { isOfUnexpectedForm, unexpectedForm } from '../output/unexpected-form.ts';
import type { Session } from '../session.ts';
import { formatDuration } from '../terminal/ago.ts';
import type { ProgressDisplay } from '../terminal/progress.ts';
import { followOperation } from './follow-operation.ts';

export interface ChangeOptions {
  session: Session;
  client: Client;
  progress: ProgressDisplay;
  wait: boolean;
  /** When waiting ends, on the clock of `performance.now()`. Milliseconds. */
  deadline: number;
}

export interface TenantChange {
  tenant: string;
  action: TenantOutcome['action'];
  send(
    client: Client,
    options: { signal: AbortSignal },
  ): Promise<Answer<{ status?: string; endpoints?: Endpoint[]; operation_id?: string } | undefined>>;
}

/** Requests a change of a tenant and, with `wait`, follows its operation to the end. Never throws. */
export async function changeTenant(
  { tenant, action, send }: TenantChange,
  options: ChangeOptions,
): Promise<TenantOutcome> {
  const begun = performance.now();
  const { progress } = options;
  progress.tell(tenant, `${action} requested`);
  const outcome = await attempt({ tenant, action, send }, options);
  progress.end(tenant, describeOutcome(outcome, formatDuration(performance.now() - begun)));
  return outcome;
}

async function attempt({ tenant, action, send }: TenantChange, options: ChangeOptions): Promise<TenantOutcome> {
  const { session, client, progress, wait, deadline } = options;
  const about = { tenant_id: tenant, action };
  try {
    const { status, data, operationId } = await send(client, { signal: session.signal });
    const known = { ...about, ...(operationId !== undefined && { operation_id: operationId }) };
    if (status === 204 && operationId === undefined) return { ...about, state: 'absent' };
    if (status !== 202 || operationId === undefined) {
      return {
        ...known,
        state: data?.status === 'no_changes' ? 'unchanged' : 'succeeded',
        ...(await addresses(client, tenant, action)),
        ...(await lastWords(client, operationId, action)),
      };
    }
    if (!wait) return { ...known, state: 'pending' };
    const timeoutMs = Math.max(1, deadline - performance.now());
    const followed = await followOperation(client, operationId, {
      tenant,
      progress,
      signal: session.signal,
      timeoutMs,
    });
    if (followed.kind === 'lost') return { ...known, state: 'lost', error: toFailure(followed.error) };
    if (followed.kind !== 'ended') return { ...known, state: followed.kind };
    const { operation } = followed;
    if (operation.state === 'succeeded') {
      const message = action === 'destroy' ? operation.message : '';
      return {
        ...known,
        state: 'succeeded',
        ...(await addresses(client, tenant, action)),
        ...(message && { message }),
      };
    }
    const error = operation.error ?? {
      code: 'operation_cancelled' as const,
      message: 'superseded by another request',
      hint: '',
    };
    return { ...known, state: 'failed', error };
  } catch (error) {
    if (session.signal.aborted) return { ...about, state: 'interrupted' };
    return { ...about, state: 'failed', error: toFailure(error) };
  }
}

/** Reads the endpoints and revision of a changed tenant. */
async function addresses(
  client: Client,
  tenant: string,
  action: TenantOutcome['action'],
): Promise<Pick<TenantOutcome, 'endpoints' | 'revision'>> {
  if (action === 'destroy' || action === 'stop') return {};
  // The change has succeeded, even if this read fails.
  const answer = await client.getTenant(tenant).catch(() => undefined);
  return answer ? { endpoints: answer.data.endpoints, revision: answer.data.revision } : {};
}

/** Reads what a destroy that ended at once says about volumes. */
async function lastWords(
  client: Client,
  operationId: string | undefined,
  action: TenantOutcome['action'],
): Promise<Pick<TenantOutcome, 'message'>> {
  if (action !== 'destroy' || operationId === undefined) return {};
  const answer = await client.getOperation(operationId).catch(() => undefined);
  return answer?.data.message ? { message: answer.data.message } : {};
}

/** Converts an error into the failure of an outcome. */
export function toFailure(error: unknown): NonNullable<TenantOutcome['error']> {
  if (isOfUnexpectedForm(error)) return { code: 'internal', ...unexpectedForm };
  if (!(error instanceof Error)) return { code: 'internal', message: String(error), hint: '' };
  const { code = 'internal', hint = '', operationId, requestId } = error as Partial<ProblemError>;
  // Errors of the client repeat their hint in the message.
  const message = hint === '' ? error.message : error.message.replace(hint, '').trim();
  return { code, message, hint: hintOf({ code, hint, operationId, requestId }) };
}
