import type { Provider } from '../../../../src/compute/provider.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import type { PutEntries } from '../../../../src/events/publisher.ts';
import type { RolloutWorkContext } from '../../../../src/rollouts/reconcile/context.ts';
import type { Table } from '../../../../src/tenants/store/table.ts';
import type { ViolationKind } from './ledger.ts';

/** A part that breaks its contract, to prove that the invariants detect it. */
export interface Sabotage {
  title: string;
  /** The violation that has to be found. */
  foundAs: ViolationKind | 'threw';
  table?(honest: Table): Table;
  provider?(honest: Provider): Provider;
  put?(honest: PutEntries): PutEntries;
  /** What rollouts ask for changes. */
  tenants?(honest: RolloutWorkContext['tenants']): RolloutWorkContext['tenants'];
}

export const saboteurs: readonly Sabotage[] = [
  {
    title: 'a provider that is never told which volumes to keep',
    foundAs: 'lost',
    provider: (honest) => ({
      ...bound(honest),
      provision: ({ volumes: _, ...spec }, call) => honest.provision(spec, call),
      update: (tenantId, { volumes: _, ...spec }, call) => honest.update(tenantId, spec, call),
      destroy: (tenantId, call) => honest.destroy(tenantId, { ...call, retain_volumes: [] }),
    }),
  },
  {
    title: 'a table that ignores conditions',
    foundAs: 'lost',
    table: (honest) => ({
      ...honest,
      put: (item) => honest.put(item, 'any'),
    }),
  },
  {
    title: 'a table that drops the history',
    foundAs: 'lost',
    table: (honest) => ({
      ...honest,
      put: async (item, expected) => {
        if (!item.pk.startsWith('history#')) await honest.put(item, expected);
      },
    }),
  },
  {
    title: 'a table whose history never expires',
    foundAs: 'leaked',
    table: (honest) => ({
      ...honest,
      put: (item, expected) =>
        honest.put(item.pk.startsWith('history#') ? { ...item, ttl: undefined } : item, expected),
    }),
  },
  {
    title: 'a table that drops idempotency keys',
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
    title: 'a table that changes what it stores',
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
    title: 'a provider that hides tenants instead of destroying them',
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
    title: 'a provider that says a tenant is stopped, and runs it',
    foundAs: 'leaked',
    provider: (honest) => {
      const stopped = new Set<string>();
      return {
        ...bound(honest),
        stop: async (id) => void stopped.add(id),
        async update(id, spec, call) {
          stopped.delete(id);
          return honest.update(id, spec, call);
        },
        async getStatus(id, call) {
          const status = await honest.getStatus(id, call);
          if (!stopped.has(id)) return status;
          return { ...status, state: 'stopped', metadata: { ...status.metadata, stopped: 'true' } };
        },
        async *list() {},
      };
    },
  },
  {
    title: 'a provider that restarts nothing and says so',
    foundAs: 'lost',
    provider: (honest) => {
      const restarts = new Map<string, string>();
      return {
        ...bound(honest),
        async update(id, spec, { restart, ...call } = {}) {
          if (restart !== undefined) restarts.set(id, restart);
          return honest.update(id, spec, call);
        },
        async getStatus(id, call) {
          const status = await honest.getStatus(id, call);
          const restart = restarts.get(id);
          return { ...status, metadata: { ...status.metadata, ...(restart !== undefined && { restart }) } };
        },
      };
    },
  },
  {
    title: 'a provider that hides what a rollout left open',
    foundAs: 'leaked',
    provider: (honest) => ({
      ...bound(honest),
      async getStatus(id, call) {
        const status = await honest.getStatus(id, call);
        const { open_steps: _, ...metadata } = status.metadata;
        return { ...status, metadata };
      },
    }),
  },
  {
    title: 'a provider that goes on with a version that another request replaced, and hides it',
    foundAs: 'superseded',
    provider: (honest) => ({
      ...bound(honest),
      async update(id, spec, call) {
        const { metadata } = await honest.getStatus(id, call);
        if (metadata.spec_hash !== specHash(spec)) return honest.update(id, spec, call);
        const about = { tenant_id: id, provider_type: spec.provider_type, updated_at: nothing.provisioned_at };
        return { ...about, status: 'no_changes', changes: [], message: '' };
      },
      async getStatus(id, call) {
        const status = await honest.getStatus(id, call);
        const { pending_spec_hash: _, ...metadata } = status.metadata;
        return metadata.spec_hash ? { ...status, metadata } : status;
      },
    }),
  },
  {
    title: 'a provider that reports success and does nothing',
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
    title: 'a provider whose glances say that all is well',
    foundAs: 'misjudged',
    provider: (honest) => ({
      ...bound(honest),
      glance: async (ids) => ids.map((tenant_id) => ({ tenant_id, is_well: true })),
    }),
  },
  {
    title: 'a table that drops what looks find out',
    foundAs: 'misjudged',
    table: (honest) => ({
      ...honest,
      put: async (item, expected) => {
        const { health, ...tenant } = JSON.parse(item.data) as { health?: object };
        await honest.put(health ? { ...item, data: JSON.stringify(tenant) } : item, expected);
      },
    }),
  },
  {
    title: 'a provider that destroys what another installation has',
    foundAs: 'destroyed',
    provider: (honest) => ({
      ...bound(honest),
      getStatus: (id, call) => honest.getStatus(id, { ...call, installation: undefined }),
      destroy: (id, call) => honest.destroy(id, { ...call, installation: undefined }),
    }),
  },
  {
    title: 'a provider that destroys what an inventory finds',
    foundAs: 'destroyed',
    provider: (honest) => ({
      ...bound(honest),
      async *list(call) {
        for await (const held of honest.list(call)) {
          await honest.destroy(held.tenant_id);
          yield held;
        }
      },
    }),
  },
  {
    title: 'a table whose unreadable rows hide all other work',
    foundAs: 'held_up',
    table: (honest) => ({
      ...honest,
      query: async (query) => {
        const items = await honest.query(query);
        const unreadable = items.filter(({ pk }) => pk.startsWith('tenant#unreadable-'));
        return query.index === 'work' && unreadable.length > 0 ? unreadable : items;
      },
    }),
  },
  {
    title: 'a table that forgets when failed tenants are looked at again',
    foundAs: 'given_up',
    table: (honest) => ({
      ...honest,
      query: async (query) => (query.key === 'recovery' ? [] : honest.query(query)),
    }),
  },
  {
    title: 'a bus that drops announcements of health',
    foundAs: 'unannounced',
    put: (honest) => async (entries) => {
      const isKept = ({ DetailType }: { DetailType: string }) => !/Degraded|Recovered/.test(DetailType);
      const answers = await honest(entries.filter(isKept));
      const kept = entries.filter(isKept);
      return entries.map((entry) => answers[kept.indexOf(entry)] ?? { EventId: 'dropped' });
    },
  },
  {
    title: 'a bus that drops announcements',
    foundAs: 'unannounced',
    put: () => async (entries) => entries.map((_, place) => ({ EventId: `${place}` })),
  },
  {
    title: 'a bus that changes announcements',
    foundAs: 'unannounced',
    put: (honest) => (entries) =>
      honest(
        entries.map((entry) => ({ ...entry, DetailType: entry.DetailType.replace('Provisioned', 'Provision Failed') })),
      ),
  },
];

const nothing = { resource_ids: {}, endpoints: [], message: '', provisioned_at: '2026-01-01T00:00:00.000Z' };

/** Returns the provider as an object whose methods can be replaced. */
function bound(honest: Provider): Provider {
  return {
    name: honest.name,
    capabilities: honest.capabilities,
    configSchema: honest.configSchema,
    provision: (spec, call) => honest.provision(spec, call),
    update: (id, spec, call) => honest.update(id, spec, call),
    destroy: (id, call) => honest.destroy(id, call),
    stop: async (id, call) => honest.stop?.(id, call),
    getStatus: (id, call) => honest.getStatus(id, call),
    validate: (spec, call) => honest.validate(spec, call),
    glance: async (ids, call) => honest.glance?.(ids, call) ?? [],
    list: (call) => honest.list(call),
  };
}
