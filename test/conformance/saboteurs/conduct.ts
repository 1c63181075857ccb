import { labelsFor } from '../../../src/compute/labels.ts';
import { relabel, type Saboteur } from './saboteur.ts';

export const conductSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'results match their schemas, echo the ids, and have times in UTC',
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const answer = await honest.update(tenantId, spec, call);
        return { ...answer, updated_at: answer.updated_at.replace('Z', '+00:00') };
      },
    }),
  },
  {
    breaks: 'provision and getStatus return the same well-formed endpoints',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        return { ...(await honest.getStatus(tenantId, call)), endpoints: [] };
      },
    }),
  },
  {
    breaks: 'every refusal is a ComputeError with a specific message and a hint',
    sabotage: (honest) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch((error) => {
          throw new Error(error.message);
        }),
    }),
  },
  {
    breaks: 'results, errors and log lines contain no env value and no secret',
    sabotage: (honest) => ({
      provision(spec, call) {
        call?.logger?.debug('creating containers', { containers: spec.containers });
        return honest.provision(spec, call);
      },
    }),
  },
  {
    breaks: 'command lines, labels and other public data contain no env value and no secret',
    sabotage: (honest, state) => ({
      async provision(spec, call) {
        const answer = await honest.provision(spec, call);
        relabel(state, spec, { ...labelsFor(spec, honest.name), ...spec.containers[0]?.env });
        return answer;
      },
    }),
  },
  {
    breaks: 'a call does not change the specification it is given',
    sabotage: (honest) => ({
      provision(spec, call) {
        spec.labels = { ...spec.labels, seen: 'yes' };
        return honest.provision(spec, call);
      },
    }),
  },
];
