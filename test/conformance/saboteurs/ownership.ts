import { ResourceConflictError } from '../../../src/compute/errors.ts';
import { defaultLabels, labelsFor } from '../../../src/compute/labels.ts';
import { resourceName } from '../../../src/providers/memory/mapping.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { relabel, type Saboteur } from './saboteur.ts';

export const ownershipSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'provision refuses a name that a foreign resource has, with ResourceConflictError, and leaves it alone',
    sabotage: (honest, { backend }) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch((error) => {
          if (!(error instanceof ResourceConflictError)) throw error;
          backend.records.delete(resourceName(honest.name, spec.tenant_id));
          return honest.provision(spec, call);
        }),
    }),
  },
  {
    breaks: 'a foreign resource is not updated, reported or listed',
    sabotage: (honest, { backend }) => ({
      async *list() {
        for (const resource of backend.records.keys()) yield { tenant_id: resource.slice(honest.name.length + 1) };
      },
    }),
  },
  {
    breaks: 'a foreign resource is not destroyed',
    sabotage: (honest, { backend }) => ({
      async destroy(tenantId) {
        backend.records.delete(resourceName(honest.name, tenantId));
      },
    }),
  },
  {
    breaks: 'a specification cannot override the default labels: its tenant is still found and removed',
    sabotage: (honest, state) => ({
      async provision(spec, call) {
        const answer = await honest.provision(spec, call);
        relabel(state, spec, { ...labelsFor(spec, honest.name), ...spec.labels });
        return answer;
      },
    }),
  },
  {
    breaks: 'every resource carries the default labels and those of the specification',
    sabotage: (honest, state) => ({
      async provision(spec, call) {
        const answer = await honest.provision(spec, call);
        relabel(state, spec, defaultLabels(spec.tenant_id, honest.name));
        return answer;
      },
    }),
  },
  {
    breaks: 'the id of the installation is on every resource, and in the list',
    sabotage: (honest) => ({
      provision: (spec, call) => honest.provision(spec, { ...call, installation: undefined }),
    }),
  },
  {
    breaks: 'the resources of another installation are never touched',
    sabotage: (honest) => ({
      destroy: (tenantId, call) => honest.destroy(tenantId, { ...call, installation: undefined }),
    }),
  },
  {
    breaks: 'resources without the id of an installation are the caller’s, and get it at their next change',
    sabotage: (honest) => ({
      update: (tenantId, spec, call) => honest.update(tenantId, spec, { ...call, installation: undefined }),
    }),
  },
  {
    breaks: 'providers of different names do not see, change or remove the tenants of each other',
    sabotage(_honest, { backend }) {
      const first = createMemoryProvider({ name: 'memory', backend });
      return { getStatus: (tenantId, call) => first.getStatus(tenantId, call) };
    },
  },
];
