import type { Endpoint, Failure } from '../../client/types.ts';
import { exitCodes } from '../exit-codes.ts';
import { toSafeLine, toSafeLines } from '../terminal/safe-text.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The outcome of a command for one tenant. */
export interface TenantOutcome {
  tenant_id: string;
  /** The requested change. */
  action:
    | 'provision'
    | 'update'
    | 'rollback'
    | 'cancel'
    | 'approve'
    | 'stop'
    | 'start'
    | 'restart'
    | 'destroy'
    | 'none';
  /**
   * `absent`: there was nothing to destroy. `pending`: accepted with `--no-wait`. `lost`: the control plane became
   * unreachable while waiting.
   */
  state: 'succeeded' | 'unchanged' | 'absent' | 'pending' | 'failed' | 'lost' | 'timed-out' | 'interrupted';
  operation_id?: string;
  revision?: number;
  endpoints?: Endpoint[];
  /** What a destroy did with volumes. */
  message?: string;
  error?: Pick<Failure, 'message' | 'hint'> & { code: string };
}

const done: Record<TenantOutcome['action'], string> = {
  provision: 'provisioned',
  update: 'updated',
  rollback: 'rolled back',
  cancel: 'went back to the revision that serves',
  approve: 'approved, and the new version serves',
  stop: 'stopped',
  start: 'started',
  restart: 'restarted',
  destroy: 'destroyed',
  none: 'unchanged',
};

/** Describes an outcome in a line, followed by the error and its hint. */
export function describeOutcome(outcome: TenantOutcome, duration?: string): string {
  const { tenant_id, action, state, endpoints = [], message, error } = outcome;
  const name = bold(toSafeLine(tenant_id));
  const urls = shownEndpoints(endpoints).map(addressOf).join('  ');
  const time = duration ? dim(`  ${duration}`) : '';
  if (state === 'succeeded') {
    const more = message ? `\n    ${toSafeLine(message)}` : '';
    return `${green('✓')} ${name} ${done[action]}${time}${urls ? `  ${urls}` : ''}${more}`;
  }
  if (state === 'unchanged') return `${green('✓')} ${name} ${done.none}${urls ? `  ${urls}` : ''}`;
  if (state === 'absent') return `${green('✓')} ${name} does not exist; nothing was destroyed`;
  if (state === 'pending') return `${yellow('…')} ${name} accepted; to wait for it: berth status ${tenant_id} --wait`;
  if (state === 'failed') {
    const lines = [error?.message ?? 'failed', ...(error?.hint ? [error.hint] : [])];
    return [
      `${red('✗')} ${name} ${action} failed`,
      ...lines.map((line) => toSafeLines(line).replace(/^/gm, '    ')),
    ].join('\n');
  }
  if (state === 'lost')
    return `${yellow('…')} ${name} was accepted, but its state is unknown: ${toSafeLine(error?.message ?? '')}`;
  return `${yellow('…')} ${name} ${state === 'timed-out' ? 'did not end before --timeout' : 'continues'}`;
}

/** Returns the URL of an endpoint. */
export function addressOf({ url, type, address, port }: Endpoint): string {
  return toSafeLine(url ?? `${type}://${address}:${port}`);
}

/** Returns the endpoints to show where space is short: the stable ones, or all where none is stable. */
export function shownEndpoints(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const stable = endpoints.filter((endpoint) => endpoint.stable);
  return stable.length > 0 ? stable : endpoints;
}

/** Returns a readable actor: for an ARN, the part after the identity type. */
export function actorOf(actor: string): string {
  return /^arn:[^/]+\/(.+)$/.exec(actor)?.[1] ?? actor;
}

/** Prints the summary of a command on several tenants. Returns its exit code. */
export function conclude(terminal: Terminal, outcomes: readonly TenantOutcome[]): number {
  const namesOf = (...states: TenantOutcome['state'][]) =>
    outcomes.filter(({ state }) => states.includes(state)).map(({ tenant_id }) => tenant_id);
  const failed = namesOf('failed');
  const waiting = namesOf('lost', 'timed-out', 'interrupted');
  if (failed.length > 0) {
    const [first] = failed;
    const all = failed.length < outcomes.length ? ` of ${outcomes.length}` : '';
    terminal.note(
      `${red('error:')} ${failed.length}${all} failed. For details: berth describe ${first}, berth logs ${first}`,
    );
  }
  if (waiting.length > 0) {
    terminal.note('The operation continues on the control plane. To wait for it:');
    terminal.note(`  berth status ${waiting.join(' ')} --wait`);
  }
  if (namesOf('interrupted').length > 0) return exitCodes.interrupted;
  if (failed.length > 0 || namesOf('lost').length > 0) return exitCodes.failed;
  return waiting.length > 0 ? exitCodes.timedOut : exitCodes.done;
}
