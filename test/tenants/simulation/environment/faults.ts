import { ProviderFailedError, ThrottledError, TimeoutError } from '../../../../src/compute/errors.ts';
import { ConditionFailedError } from '../../../../src/tenants/store/table.ts';

type TableCall = 'get' | 'put' | 'overwrite' | 'remove' | 'query';
type ProviderCall = 'provision' | 'update' | 'destroy' | 'stop' | 'approve' | 'status' | 'glance' | 'validate' | 'list';

/** One request that leaves a process: to the table, its change stream, a provider, or a consumer of announcements. */
export interface Call {
  to: 'table' | 'provider' | 'consumer' | 'stream';
  /** `put` has a condition, `overwrite` has none. */
  what: TableCall | ProviderCall | 'announce' | 'acknowledge';
  /** The tenant that it concerns, if any. */
  tenant?: string | undefined;
  /** For people. */
  label: string;
}

/** A failure of a call. The numbers are those of the fault list in docs/reliability.md. */
export interface Fault {
  number: string;
  title: string;
  /** Returns true for calls that can fail in this way. */
  affects(call: Call): boolean;
  /**
   * How much of the call takes effect although it fails. `between`: the new version serves, and the one before stays.
   * `late`: long after the caller gave up.
   */
  effect: 'none' | 'whole' | 'part' | 'between' | 'late';
  /** The answer that the caller gets; without one, no answer ever comes. */
  outcome?: { error: () => Error } | { answer: unknown } | undefined;
}

const ends = ({ what }: Call) => what === 'destroy' || what === 'stop';
const creates = ({ what }: Call) => what === 'provision' || what === 'update';
const toProvider = ({ to }: Call) => to === 'provider';

export const faults: readonly Fault[] = [
  {
    number: 'F20',
    title: 'the provider throttles',
    affects: toProvider,
    effect: 'none',
    outcome: { error: () => new ThrottledError('the provider asked for fewer calls') },
  },
  {
    number: 'F21',
    title: 'the provider breaks down',
    affects: toProvider,
    effect: 'none',
    outcome: { error: () => new ProviderFailedError('503 Service Unavailable') },
  },
  {
    number: 'F22',
    title: 'the provider makes the change, and its answer is lost',
    affects: (call) => creates(call) || ends(call) || call.what === 'approve',
    effect: 'whole',
    outcome: { error: () => new TimeoutError('the provider did not answer') },
  },
  {
    number: 'F24',
    title: 'the provider makes a part of the change, and fails',
    affects: creates,
    effect: 'part',
    outcome: { error: () => new ProviderFailedError('the second container could not be started') },
  },
  {
    number: 'F104',
    title: 'the provider is cut off between two versions, and leaves both',
    affects: ({ what }) => what === 'update',
    effect: 'between',
    outcome: { error: () => new TimeoutError('the provider did not answer') },
  },
  {
    number: 'F33',
    title: 'the credentials for the provider expire, and the next request has new ones',
    affects: toProvider,
    effect: 'none',
    outcome: { error: () => new ProviderFailedError('the credentials expired: ExpiredTokenException') },
  },
  {
    number: 'F34',
    title: 'the provider gives an invalid answer',
    affects: (call) => creates(call) || call.what === 'status' || call.what === 'glance',
    effect: 'whole',
    outcome: { answer: { tenant_id: 42, status: ['fine'] } },
  },
  {
    number: 'F34b',
    title: 'the provider gives an answer that is too large',
    affects: ({ what }) => what === 'provision',
    effect: 'whole',
    outcome: {
      answer: {
        tenant_id: 'acme',
        provider_type: 'memory',
        status: 'success',
        message: 'm'.repeat(10_000),
        resource_ids: { volume: 'v'.repeat(100_000) },
      },
    },
  },
  {
    number: 'F35',
    title: 'the provider does not answer, and makes the change minutes later',
    affects: (call) => creates(call) || ends(call),
    effect: 'late',
  },
  {
    number: 'F50',
    title: 'the write is made, its answer is lost, and the client of the table repeats it',
    affects: ({ to, what }) => to === 'table' && what === 'put',
    effect: 'whole',
    outcome: { error: () => new ConditionFailedError('the condition no longer holds') },
  },
  {
    number: 'F51',
    title: 'the table throttles for longer than its client retries',
    affects: ({ to }) => to === 'table',
    effect: 'none',
    outcome: { error: () => new ThrottledError('the tenants table') },
  },
  {
    number: 'F15',
    title: 'the consumer refuses an announcement',
    affects: ({ to }) => to === 'consumer',
    effect: 'none',
    outcome: { error: () => new Error('1 of 1 entries failed') },
  },
];
