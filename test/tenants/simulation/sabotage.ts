import type { Provider } from '../../../src/compute/provider.ts';
import type { PutEntries } from '../../../src/events/publisher.ts';
import type { Table } from '../../../src/tenants/store/table.ts';
import type { ViolationKind } from './ledger.ts';

/** A world that breaks its word, so that the simulation has something to find. */
export interface Sabotage {
  title: string;
  /** What it has to be found out by. */
  foundAs: ViolationKind | 'threw';
  table?(honest: Table): Table;
  provider?(honest: Provider): Provider;
  put?(honest: PutEntries): PutEntries;
}

export const saboteurs: readonly Sabotage[] = [
  {
    title: 'a table that keeps no condition',
    foundAs: 'lost',
    table: (honest) => ({
      ...honest,
      put: (item) => honest.put(item, 'any'),
    }),
  },
  {
    title: 'a table that keeps no history',
    foundAs: 'lost',
    table: (honest) => ({
      ...honest,
      put: async (item, expected) => {
        if (!item.pk.startsWith('history#')) await honest.put(item, expected);
      },
    }),
  },
  {
    title: 'a table that keeps history for ever',
    foundAs: 'leaked',
    table: (honest) => ({
      ...honest,
      put: (item, expected) =>
        honest.put(item.pk.startsWith('history#') ? { ...item, ttl: undefined } : item, expected),
    }),
  },
  {
    title: 'a table that keeps no keys',
    foundAs: 'lost',
    table: (honest) => ({
      ...honest,
      put: async (item, expected) => {
        if (!item.pk.startsWith('key#')) await honest.put(item, expected);
      },
    }),
  },
  {
    title: 'a table whose index of unfinished work is empty',
    foundAs: 'threw',
    table: (honest) => ({
      ...honest,
      query: async (query) => (query.index === 'work' ? [] : honest.query(query)),
    }),
  },
  {
    title: 'a table that changes what it is given to keep',
    foundAs: 'ended_twice',
    table: (honest) => ({
      ...honest,
      get: async (pk, sk) => {
        const item = await honest.get(pk, sk);
        return item && { ...item, data: item.data.replace('"state":"succeeded"', '"state":"failed"') };
      },
    }),
  },
  {
    title: 'a provider that hides what it does not destroy',
    foundAs: 'leaked',
    provider: (honest) => {
      const destroyed = new Set<string>();
      return {
        ...bound(honest),
        destroy: async (id) => void destroyed.add(id),
        getStatus: (id, call) => honest.getStatus(destroyed.has(id) ? `${id}-gone` : id, call),
        async *list() {},
      };
    },
  },
  {
    title: 'a provider that says that it did what it did not',
    foundAs: 'lost',
    provider: (honest) => ({
      ...bound(honest),
      async provision(spec) {
        return { tenant_id: spec.tenant_id, provider_type: spec.provider_type, status: 'success', ...nothing };
      },
      async *list() {},
    }),
  },
  {
    title: 'a listener who hears nothing',
    foundAs: 'unannounced',
    put: () => async (entries) => entries.map((_, place) => ({ EventId: `${place}` })),
  },
  {
    title: 'a listener who is told the wrong thing',
    foundAs: 'unannounced',
    put: (honest) => (entries) =>
      honest(
        entries.map((entry) => ({ ...entry, DetailType: entry.DetailType.replace('Provisioned', 'Provision Failed') })),
      ),
  },
];

const nothing = { resource_ids: {}, endpoints: [], message: '', provisioned_at: '2026-01-01T00:00:00.000Z' };

/** A provider whose methods can be taken apart. */
function bound(honest: Provider): Provider {
  return {
    name: honest.name,
    configSchema: honest.configSchema,
    provision: (spec, call) => honest.provision(spec, call),
    update: (id, spec, call) => honest.update(id, spec, call),
    destroy: (id, call) => honest.destroy(id, call),
    getStatus: (id, call) => honest.getStatus(id, call),
    validate: (spec, call) => honest.validate(spec, call),
    list: (call) => honest.list(call),
  };
}
