import type { Endpoint, Failure } from '../../client/types.ts';
import { exitCodes } from '../exit-codes.ts';
import { toSafeLine, toSafeLines } from '../terminal/safe-text.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** How it went with one tenant of a command. */
export interface TenantOutcome {
  tenant_id: string;
  /** What was asked for. */
  action: 'provision' | 'update' | 'rollback' | 'destroy' | 'none';
  /** `pending`: it was accepted, and nobody waited for its end. `lost`: somebody did, and Berth could not be reached any longer. */
  state: 'succeeded' | 'unchanged' | 'pending' | 'failed' | 'lost' | 'timed-out' | 'interrupted';
  operation_id?: string;
  revision?: number;
  endpoints?: Endpoint[];
  error?: Pick<Failure, 'message' | 'hint'> & { code: string };
}

const done: Record<TenantOutcome['action'], string> = {
  provision: 'is up',
  update: 'is updated',
  rollback: 'is rolled back',
  destroy: 'is gone',
  none: 'is as the file says',
};

/** One outcome as a line, and what to do about it where there is something to do. */
export function describeOutcome(outcome: TenantOutcome, duration?: string): string {
  const { tenant_id, action, state, endpoints = [], error } = outcome;
  const name = bold(toSafeLine(tenant_id));
  const urls = endpoints.map(addressOf).join('  ');
  const time = duration ? dim(`  ${duration}`) : '';
  if (state === 'succeeded') return `${green('✓')} ${name} ${done[action]}${time}${urls ? `  ${urls}` : ''}`;
  if (state === 'unchanged') return `${green('✓')} ${name} ${done.none}${urls ? `  ${urls}` : ''}`;
  if (state === 'pending') return `${yellow('…')} ${name} accepted; berth status ${tenant_id} --wait waits for it`;
  if (state === 'failed') {
    const lines = [error?.message ?? 'failed', ...(error?.hint ? [error.hint] : [])];
    return [
      `${red('✗')} ${name} ${action} failed`,
      ...lines.map((line) => toSafeLines(line).replace(/^/gm, '    ')),
    ].join('\n');
  }
  if (state === 'lost')
    return `${yellow('…')} ${name} was accepted, and is out of sight: ${toSafeLine(error?.message ?? '')}`;
  return `${yellow('…')} ${name} ${state === 'timed-out' ? 'did not end in time' : 'goes on'}`;
}

/** An address as one can click it. */
export function addressOf({ url, type, address, port }: Endpoint): string {
  return toSafeLine(url ?? `${type}://${address}:${port}`);
}

/** Who asked, as people call them: of an ARN of AWS, what comes after the kind of identity. */
export function actorOf(actor: string): string {
  return /^arn:[^/]+\/(.+)$/.exec(actor)?.[1] ?? actor;
}

/** What to say at the end of a command about several tenants, and its exit code. */
export function conclude(terminal: Terminal, outcomes: readonly TenantOutcome[]): number {
  const namesOf = (...states: TenantOutcome['state'][]) =>
    outcomes.filter(({ state }) => states.includes(state)).map(({ tenant_id }) => tenant_id);
  const failed = namesOf('failed');
  const waiting = namesOf('lost', 'timed-out', 'interrupted');
  if (failed.length > 0) {
    const [first] = failed;
    const all = failed.length < outcomes.length ? ` of ${outcomes.length}` : '';
    terminal.note(
      `${red('error:')} ${failed.length}${all} failed. berth describe ${first} and berth logs ${first} tell more.`,
    );
  }
  if (waiting.length > 0) {
    terminal.note('Berth goes on with it, whether or not somebody waits. To wait again:');
    terminal.note(`  berth status ${waiting.join(' ')} --wait`);
  }
  if (namesOf('interrupted').length > 0) return exitCodes.interrupted;
  if (failed.length > 0 || namesOf('lost').length > 0) return exitCodes.failed;
  return waiting.length > 0 ? exitCodes.timedOut : exitCodes.done;
}
