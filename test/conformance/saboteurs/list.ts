import type { Saboteur } from './saboteur.ts';

export const listSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'list returns every tenant exactly once, over several pages too',
    sabotage: (honest) => ({
      async *list(call) {
        let page = 0;
        for await (const tenant of honest.list(call)) {
          page += 1;
          if (page <= 10) yield tenant;
        }
      },
    }),
  },
  {
    breaks: 'a spec_hash in list is that of the serving version',
    sabotage: (honest) => ({
      async *list(call) {
        for await (const tenant of honest.list(call)) yield { ...tenant, spec_hash: '0'.repeat(32) };
      },
    }),
  },
  {
    breaks: 'list returns a tenant as long as the provider holds resources for it, even after a failed provision',
    sabotage: (honest) => ({
      async *list(call) {
        for await (const tenant of honest.list(call)) {
          const { state } = await honest.getStatus(tenant.tenant_id);
          if (state !== 'failed') yield tenant;
        }
      },
    }),
  },
  {
    breaks: 'list continues while tenants come and go, and returns those that stay exactly once',
    sabotage: (honest, { backend }) => ({
      async *list(call) {
        for await (const tenant of honest.list(call)) {
          yield tenant;
          // Its offset is wrong once the collection has shrunk: it starts again.
          if (tenant.tenant_id.endsWith('-2') && [...backend.records.keys()].length === 3) yield* honest.list(call);
        }
      },
    }),
  },
  {
    breaks: 'listAfter, if implemented, returns the tenants after an id, once each and in the order of ids',
    sabotage: (honest) => ({
      // If no tenant has the id any more, it starts again.
      async *listAfter(id, call) {
        const all = (await Array.fromAsync(honest.list(call))).toSorted((a, b) => (a.tenant_id < b.tenant_id ? -1 : 1));
        yield* all.slice(all.findIndex(({ tenant_id }) => tenant_id === id) + 1);
      },
    }),
  },
];
