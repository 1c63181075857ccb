import { providerSuite } from 'berth/conformance';
import type { NomadJob } from '../src/api.ts';
import { provider as descriptor } from '../src/descriptor.ts';
import { jobIdOf, labelsOf, RECORD_GROUP } from '../src/job.ts';
import { alive, FakeNomad } from './fake-nomad.ts';

// The contract of a provider as tests. Every rule gets a Nomad of its own.
providerSuite('nomad', {
  descriptor,
  without: {
    write: 'Nomad has logs of tasks, but this example does not read them',
    volumes: 'the provider keeps none, and refuses them',
  },
  async create() {
    const nomad = new FakeNomad();
    const address = await nomad.listen();
    const idOf = (tenantId: string) => jobIdOf('berth', descriptor.type, tenantId);
    const servingOf = (tenantId: string, container: string) =>
      alive(nomad.cluster, idOf(tenantId)).find(
        ({ TaskGroup, DeploymentStatus, ClientStatus, DesiredStatus }) =>
          TaskGroup === container && ClientStatus === 'running' && DesiredStatus === 'run' && !DeploymentStatus?.Canary,
      );
    const specOf = (image: string) => ({
      containers: [
        { name: 'web', image, ports: [{ container_port: 8080, protocol: 'tcp' as const, name: 'http' }] },
        { name: 'worker', image: 'worker:1' },
      ],
    });
    return {
      options: { defaults: { address } },
      spec: ({ version }) => specOf(`app:${version}`),
      failingSpec: ({ version }) => specOf(`broken:${version}`),
      stuckSpec: ({ version }) => specOf(`stuck:${version}`),
      inventory: async () =>
        [...nomad.cluster.jobs].flatMap(([id, { allocations }]) => {
          const desired = allocations.filter(
            ({ DesiredStatus, ClientStatus }) => DesiredStatus === 'run' && ClientStatus !== 'failed',
          );
          return [id, ...desired.map(({ TaskGroup }) => `${id}/${TaskGroup}`)];
        }),
      cleanup: () => nomad.close(),
      plantForeign: async (tenantId) => {
        const job = { ID: idOf(tenantId), Meta: { owner: 'another-team' }, TaskGroups: [] } satisfies NomadJob;
        await fetch(`${address}/v1/jobs`, { method: 'POST', body: JSON.stringify({ Job: job }) });
      },
      labels: async (tenantId) => {
        const [job] = nomad.cluster.jobs.get(idOf(tenantId))?.versions ?? [];
        return job ? [labelsOf(job)] : [];
      },
      answers: async (tenantId) => {
        const [job] =
          nomad.cluster.jobs
            .get(idOf(tenantId))
            ?.allocations.filter(({ ID }) => ID === servingOf(tenantId, 'web')?.ID) ?? [];
        return job && Number(job.image.split(':')[1]);
      },
      identity: async (tenantId, container) => servingOf(tenantId, container)?.ID,
      instances: async (tenantId) => alive(nomad.cluster, idOf(tenantId)).map(({ ID }) => ID),
      vanish: async (tenantId) => void nomad.cluster.jobs.delete(idOf(tenantId)),
      mortal: async (at) => {
        const { address: killed, died } = await nomad.mortal(at);
        return { provider: await descriptor.create({ name: descriptor.type, defaults: { address: killed } }), died };
      },
      exposed: async () =>
        JSON.stringify(
          [...nomad.cluster.jobs.values()].map(({ versions }) =>
            versions.map(({ Meta, TaskGroups }) => [Meta, TaskGroups.find(({ Name }) => Name === RECORD_GROUP)?.Meta]),
          ),
        ),
    };
  },
});
