import { ProviderFailedError, ThrottledError, TimeoutError } from '../../../src/compute/errors.ts';
import { ConditionFailedError } from '../../../src/tenants/store/table.ts';

type TableCall = 'get' | 'put' | 'overwrite' | 'remove' | 'query';
type ProviderCall = 'provision' | 'update' | 'destroy' | 'status' | 'validate' | 'list';

/** One request that leaves a process: to the table or its change stream, to a provider, or to whoever listens to announcements. */
export interface Call {
  to: 'table' | 'provider' | 'listener' | 'stream';
  /** `put` has a condition, `overwrite` has none. */
  what: TableCall | ProviderCall | 'announce' | 'acknowledge';
  /** The tenant it is about, where it is about one. */
  tenant?: string | undefined;
  /** For people. */
  label: string;
}

/** What goes wrong with a call. The numbers are those of the fault list in docs/reliability.md. */
export interface Fault {
  number: string;
  title: string;
  befalls(call: Call): boolean;
  /** Whether it takes effect although it fails. `late`: long after its caller has given up. */
  effect: 'none' | 'whole' | 'part' | 'late';
  /** What the caller gets; nothing means that no answer ever comes. */
  outcome?: { error: () => Error } | { answer: unknown } | undefined;
}

const creates = ({ what }: Call) => what === 'provision' || what === 'update';
const toProvider = ({ to }: Call) => to === 'provider';

export const faults: readonly Fault[] = [
  {
    number: 'F20',
    title: 'the provider throttles',
    befalls: toProvider,
    effect: 'none',
    outcome: { error: () => new ThrottledError('the provider asked for fewer calls') },
  },
  {
    number: 'F21',
    title: 'the provider breaks down',
    befalls: toProvider,
    effect: 'none',
    outcome: { error: () => new ProviderFailedError('503 Service Unavailable') },
  },
  {
    number: 'F22',
    title: 'the provider does what it was asked, and its answer is lost',
    befalls: (call) => creates(call) || call.what === 'destroy',
    effect: 'whole',
    outcome: { error: () => new TimeoutError('the provider did not answer') },
  },
  {
    number: 'F24',
    title: 'the provider does a part of what it was asked, and fails',
    befalls: creates,
    effect: 'part',
    outcome: { error: () => new ProviderFailedError('the second container could not be started') },
  },
  {
    number: 'F33',
    title: 'the credentials for the provider end, and the next request has new ones',
    befalls: toProvider,
    effect: 'none',
    outcome: { error: () => new ProviderFailedError('the credentials ended: ExpiredTokenException') },
  },
  {
    number: 'F34',
    title: 'the provider answers what makes no sense',
    befalls: (call) => creates(call) || call.what === 'status',
    effect: 'whole',
    outcome: { answer: { tenant_id: 42, status: ['fine'] } },
  },
  {
    number: 'F34b',
    title: 'the provider says more than anybody could use',
    befalls: ({ what }) => what === 'provision',
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
    title: 'the provider does not answer, and does what it was asked minutes later',
    befalls: (call) => creates(call) || call.what === 'destroy',
    effect: 'late',
  },
  {
    number: 'F50',
    title: 'the write is made, its answer is lost, and the client of the table repeats it',
    befalls: ({ to, what }) => to === 'table' && what === 'put',
    effect: 'whole',
    outcome: { error: () => new ConditionFailedError('the condition no longer holds') },
  },
  {
    number: 'F51',
    title: 'the table throttles for longer than its client tries again',
    befalls: ({ to }) => to === 'table',
    effect: 'none',
    outcome: { error: () => new ThrottledError('the tenants table') },
  },
  {
    number: 'F15',
    title: 'the listener refuses an announcement',
    befalls: ({ to }) => to === 'listener',
    effect: 'none',
    outcome: { error: () => new Error('1 of 1 entries failed') },
  },
];
