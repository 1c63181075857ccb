import type { Saboteur } from './saboteur.ts';

export const listSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'list shows every tenant exactly once, also when they are many',
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
    breaks: 'list tells the spec_hash of what serves, where it tells one',
    sabotage: (honest) => ({
      async *list(call) {
        for await (const tenant of honest.list(call)) yield { ...tenant, spec_hash: '0'.repeat(32) };
      },
    }),
  },
  {
    breaks: 'list shows a tenant exactly as long as the provider holds anything for it, failed ones included',
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
    breaks: 'list goes on while tenants come and go, and shows those that stay exactly once',
    sabotage: (honest, { backend }) => ({
      async *list(call) {
        for await (const tenant of honest.list(call)) {
          yield tenant;
          // An offset into a collection that has shrunk meanwhile: it begins again.
          if (tenant.tenant_id.endsWith('-2') && [...backend.records.keys()].length === 3) yield* honest.list(call);
        }
      },
    }),
  },
  {
    breaks: 'list after an id shows, where a provider has it, what comes after that id, once and in the order of ids',
    sabotage: (honest) => ({
      // Where nothing has the id any more, it begins again.
      async *listAfter(id, call) {
        const all = (await Array.fromAsync(honest.list(call))).toSorted((a, b) => (a.tenant_id < b.tenant_id ? -1 : 1));
        yield* all.slice(all.findIndex(({ tenant_id }) => tenant_id === id) + 1);
      },
    }),
  },
];
