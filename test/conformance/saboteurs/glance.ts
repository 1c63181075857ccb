import type { Saboteur } from './saboteur.ts';

export const glanceSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'glance, if implemented, tells of each tenant that the provider holds',
    sabotage: () => ({ glance: async () => [] }),
  },
  {
    breaks: 'glance, if implemented, calls no tenant well that is not there',
    sabotage: (honest) => ({
      async glance(ids, call) {
        const glances = (await honest.glance?.(ids, call)) ?? [];
        const left = ids.filter((id) => !glances.some(({ tenant_id }) => tenant_id === id));
        return [...glances, ...left.map((tenant_id) => ({ tenant_id, is_well: true }))];
      },
    }),
  },
  {
    breaks: 'glance, if implemented, calls no tenant well that failed to start',
    sabotage: (honest) => ({
      async glance(ids, call) {
        const glances = (await honest.glance?.(ids, call)) ?? [];
        return glances.map((glance) => ({ ...glance, is_well: true }));
      },
    }),
  },
];
