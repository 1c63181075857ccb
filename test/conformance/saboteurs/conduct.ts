import { labelsFor } from '../../../src/compute/labels.ts';
import { relabel, type Saboteur } from './saboteur.ts';

export const conductSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'answers are of the shape of the results, echo the ids, and give times in UTC',
    sabotage: (honest) => ({
      async update(tenantId, spec, call) {
        const answer = await honest.update(tenantId, spec, call);
        return { ...answer, updated_at: answer.updated_at.replace('Z', '+00:00') };
      },
    }),
  },
  {
    breaks: 'endpoints are told for the published ports, the same by provision and by getStatus',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        return { ...(await honest.getStatus(tenantId, call)), endpoints: [] };
      },
    }),
  },
  {
    breaks: 'whatever is refused is refused with a ComputeError that says what about',
    sabotage: (honest) => ({
      provision: (spec, call) =>
        honest.provision(spec, call).catch((error) => {
          throw new Error(error.message);
        }),
    }),
  },
  {
    breaks: 'no env value and no secret is in any answer, error or log line',
    sabotage: (honest) => ({
      provision(spec, call) {
        call?.logger?.debug('creating containers', { containers: spec.containers });
        return honest.provision(spec, call);
      },
    }),
  },
  {
    breaks: 'no env value and no secret is where others can read it',
    sabotage: (honest, world) => ({
      async provision(spec, call) {
        const answer = await honest.provision(spec, call);
        relabel(world, spec, { ...labelsFor(spec, honest.name), ...spec.containers[0]?.env });
        return answer;
      },
    }),
  },
  {
    breaks: 'specifications are left as they were given',
    sabotage: (honest) => ({
      provision(spec, call) {
        spec.labels = { ...spec.labels, seen: 'yes' };
        return honest.provision(spec, call);
      },
    }),
  },
];
