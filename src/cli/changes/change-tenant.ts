import type { Client } from '../../client/client.ts';
import type { ProblemError } from '../../client/errors.ts';
import type { Answer, Endpoint } from '../../client/types.ts';
import { hintOf } from '../output/hint-of.ts';
import { describeOutcome, type TenantOutcome } from '../output/outcome.ts';
import type { Session } from '../session.ts';
import { lasting } from '../terminal/ago.ts';
import type { ProgressDisplay } from '../terminal/progress.ts';
import { followOperation } from './follow-operation.ts';

export interface ChangeOptions {
  session: Session;
  client: Client;
  progress: ProgressDisplay;
  wait: boolean;
  /** When waiting ends, as `performance.now()` counts. */
  deadline: number;
}

export interface Change {
  tenant: string;
  action: TenantOutcome['action'];
  send(
    client: Client,
    options: { signal: AbortSignal },
  ): Promise<Answer<{ status?: string; endpoints?: Endpoint[] } | undefined>>;
}

/** Asks for a change of one tenant and, where that is wanted, waits until it is done. Throws nothing. */
export async function changeTenant({ tenant, action, send }: Change, options: ChangeOptions): Promise<TenantOutcome> {
  const begun = performance.now();
  const { progress } = options;
  progress.tell(tenant, `${action} was asked for`);
  const outcome = await attempt({ tenant, action, send }, options);
  progress.end(tenant, describeOutcome(outcome, lasting(performance.now() - begun)));
  return outcome;
}

async function attempt({ tenant, action, send }: Change, options: ChangeOptions): Promise<TenantOutcome> {
  const { session, client, progress, wait, deadline } = options;
  const about = { tenant_id: tenant, action };
  try {
    const { status, data, operationId } = await send(client, { signal: session.signal });
    const known = { ...about, ...(operationId !== undefined && { operation_id: operationId }) };
    if (status !== 202 || operationId === undefined) {
      return {
        ...known,
        state: data?.status === 'no_changes' ? 'unchanged' : 'succeeded',
        ...(await addresses(client, tenant, action)),
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
    if (operation.state === 'succeeded')
      return { ...known, state: 'succeeded', ...(await addresses(client, tenant, action)) };
    const error = operation.error ?? {
      code: 'operation_cancelled' as const,
      message: 'another request took its place',
      hint: '',
    };
    return { ...known, state: 'failed', error };
  } catch (error) {
    if (session.signal.aborted) return { ...about, state: 'interrupted' };
    return { ...about, state: 'failed', error: toFailure(error) };
  }
}

/** What the provider made of it is part of the tenant, whoever waited for it. */
async function addresses(
  client: Client,
  tenant: string,
  action: TenantOutcome['action'],
): Promise<Pick<TenantOutcome, 'endpoints' | 'revision'>> {
  if (action === 'destroy') return {};
  // What was asked for is done, whether or not this can be read.
  const answer = await client.getTenant(tenant).catch(() => undefined);
  return answer ? { endpoints: answer.data.endpoints, revision: answer.data.revision } : {};
}

/** Why something could not be done, in the words of whoever could not. */
export function toFailure(error: unknown): NonNullable<TenantOutcome['error']> {
  if (!(error instanceof Error)) return { code: 'internal', message: String(error), hint: '' };
  const { code = 'internal', hint = '', operationId, requestId } = error as Partial<ProblemError>;
  // Errors that are not of the control plane say their hint in the message, too.
  const message = hint === '' ? error.message : error.message.replace(hint, '').trim();
  return { code, message, hint: hintOf({ code, hint, operationId, requestId }) };
}
