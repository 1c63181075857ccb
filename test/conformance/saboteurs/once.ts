import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { resourceName } from '../../../src/providers/memory/mapping.ts';
import type { MemoryState } from '../memory-subject.ts';
import type { Saboteur } from './saboteur.ts';

export const onceSaboteurs: readonly Saboteur[] = [
  {
    breaks:
      'a container that runs once ends before its version serves, and shows as stopped and ready in a running tenant',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        const containers = status.containers.map((one) => (one.name === 'setup' ? { ...one, ready: false } : one));
        return { ...status, containers };
      },
    }),
  },
  {
    breaks: 'no other container starts before one that runs once has ended, and the status says what they wait for',
    sabotage: (honest) => ({
      async getStatus(tenantId, call) {
        const status = await honest.getStatus(tenantId, call);
        const isReady = ({ name }: { name: string }) => name !== 'setup';
        return { ...status, containers: status.containers.map((one) => ({ ...one, ready: isReady(one) })) };
      },
    }),
  },
  {
    breaks: 'a container that runs once and fails, fails its version with its exit code, and the old version serves',
    sabotage: (honest) => ({
      update: (tenantId, spec, call) => honest.update(tenantId, { ...spec, provider_config: {} }, call),
    }),
  },
  {
    breaks: 'a container that runs once does so for each version, also where it did not change, and once for each',
    sabotage: (honest, state) => ({
      async update(tenantId, spec, call) {
        const answer = await honest.update(tenantId, spec, call);
        setRuns(state, tenantId, 1); // an unchanged container is kept
        return answer;
      },
    }),
  },
  {
    breaks: 'a stop, a start and a restart do not run a container again that ran once for the version',
    sabotage: (honest, state) => ({
      async update(tenantId, spec, call) {
        const answer = await honest.update(tenantId, spec, call);
        if (call?.restart) setRuns(state, tenantId, 2);
        return answer;
      },
    }),
  },
  {
    breaks:
      'after a kill between any two changes no version serves without its containers that run once, nor runs them again',
    sabotage: (honest, state) => ({
      update: (tenantId, spec, call) =>
        honest.update(tenantId, spec, call).finally(() => {
          if (isSetUp(spec)) setRuns(state, tenantId, 0);
        }),
    }),
  },
];

function isSetUp({ containers }: TenantComputeSpec): boolean {
  return containers.some(({ run }) => run === 'once');
}

function setRuns({ backend }: MemoryState, tenantId: string, once_runs: number): void {
  const resource = resourceName('memory', tenantId);
  const record = backend.records.get(resource);
  if (record) backend.records.set(resource, { ...record, once_runs });
}
