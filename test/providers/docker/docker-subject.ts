import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { namesOf } from '../../../src/providers/docker/names.ts';
import type { Harness, SpecOptions } from '../../conformance/provider-suite.ts';
import { type EngineProxy, openEngineProxy } from '../../support/engine-proxy.ts';
import { Lab } from './on-engine/lab.ts';

/** What a container that runs once does after it has left its line. */
const setups = { success: 'true', failure: 'echo setup is broken; exit 3', never: 'sleep 1000' };

/** The provider on a real engine, for the conformance suite. Each harness has names of its own on the engine. */
export const dockerSubject = {
  timeout: 20_000,
  many: 5,
  killStride: 3,
  honours: ['containers.volumes.read_only'] as const,
  create: async () => harnessOf(await Lab.open(), 20),
};

function harnessOf(lab: Lab, ready_wait_seconds: number): Harness {
  const proxies: EngineProxy[] = [];
  const tenantOf = (tenantId: string, name: string) => lab.find(tenantId, name);
  return {
    fresh: async ({ name, allowedRegistries: allowed_registries } = {}) =>
      lab.provider({ ready_wait_seconds, ...(allowed_registries && { allowed_registries }) }, { name }),
    spec: (options) => specOf(options),
    failingSpec: (options) => specOf(options, { restart: 'no', settle_seconds: 5 }, { command: ['false'] }),
    stuckSpec: (options) =>
      specOf(
        options,
        { ready_wait_seconds: 4, start_timeout_seconds: 600 },
        { health_check: { type: 'exec', command: ['false'] } },
      ),
    inventory: () => lab.inventory(),
    async cleanup() {
      for (const proxy of proxies) await proxy.close();
      await lab.clear();
    },
    async mortal(cutAt) {
      const proxy = await openEngineProxy({ cutAt });
      proxies.push(proxy);
      return { provider: lab.provider({ ready_wait_seconds, endpoint: proxy.endpoint }), died: proxy.isCut };
    },
    async plantForeign(tenantId) {
      await lab.docker.createNetwork({ Name: namesOf(lab.prefix, lab.name, tenantId).network });
    },
    async labels(tenantId) {
      const all = [...(await lab.containers()), ...(await lab.networks()), ...(await lab.volumes())];
      return all.map(({ Labels }) => Labels ?? {}).filter((labels) => labels['berth.tenant_id'] === tenantId);
    },
    /** Sends a request from another container of the tenant, to the name in the specification. */
    async answers(tenantId) {
      if ((await tenantOf(tenantId, 'worker'))?.State !== 'running') return undefined;
      const { code, output } = await lab.run(tenantId, 'worker', ['wget', '-q', '-O', '-', 'http://web:8080/']);
      return code === 0 ? Number(output) : undefined;
    },
    once: {
      spec: ({ end, ...of }) => withSetup(specOf(of, end === 'never' ? { ready_wait_seconds: 2 } : {}), setups[end]),
      runs: async (tenantId) => (await lab.runsOf(tenantId)).length,
    },
    identity: async (tenantId, name) => (await tenantOf(tenantId, name))?.Id,
    async instances(tenantId) {
      const own = (await lab.containers()).filter(({ Labels }) => Labels['berth.tenant_id'] === tenantId);
      return own.filter(({ State }) => State === 'running' || State === 'restarting').map(({ Id }) => Id);
    },
    async vanish(tenantId) {
      const own = (await lab.containers()).filter(({ Labels }) => Labels['berth.tenant_id'] === tenantId);
      for (const { Id } of own) await lab.docker.getContainer(Id).remove({ force: true });
      await lab.docker.getNetwork(namesOf(lab.prefix, lab.name, tenantId).network).remove();
    },
    write: (tenantId, name, lines) => lab.write(tenantId, name, lines),
    volumes: {
      async put(tenantId, volume, text) {
        const path = await pathOf(tenantId, volume);
        await lab.run(tenantId, 'web', ['sh', '-c', `printf %s "$1" > ${path}/text`, 'sh', text]);
      },
      /** Read by a container of the test's own: the tenant may not run, and the folder may be on another machine. */
      async get(tenantId, volume) {
        const name = namesOf(lab.prefix, lab.name, tenantId).dataVolume(volume);
        if (!(await lab.volumes()).some(({ Name }) => Name === name)) return undefined;
        return lab.readVolume(name, 'text');
      },
      async seen(tenantId, container, { path }) {
        const { code, output } = await lab.run(tenantId, container, ['cat', `${path}/text`]);
        return code === 0 ? output : undefined;
      },
      async canWrite(tenantId, container, { path }) {
        return (await lab.run(tenantId, container, ['touch', `${path}/other`])).code === 0;
      },
    },
    async exposed() {
      const all = [await lab.containers(), await lab.networks(), await lab.volumes()];
      return JSON.stringify([all, lab.logged]);
    },
  };

  /** Returns where a running container mounts a volume. */
  async function pathOf(tenantId: string, volume: string): Promise<string> {
    const { Mounts } = await lab.inspect(tenantId, 'web');
    const name = namesOf(lab.prefix, lab.name, tenantId).dataVolume(volume);
    return Mounts.find(({ Name }) => Name === name)?.Destination ?? '/nowhere';
  }

  function specOf({ tenantId, version, labels, canary }: SpecOptions, settings = {}, changes: object = {}) {
    const { env, ...server } = lab.server(version);
    const web = { ...server, env: { ...env, ...(canary && { CANARY: canary }) }, ...changes };
    const spec = lab.specOf(tenantId, [web, lab.idler()], settings);
    if (canary) lab.writeSecret('token', `${canary}-token`);
    const secrets = [{ name: 'token', source: 'file', key: 'token', env_var: 'TOKEN' }];
    return { ...spec, ...(labels && { labels }), ...(canary && { secrets }) };
  }

  /** Adds a container that runs once and leaves a line on the engine's host each time. */
  function withSetup(spec: TenantComputeSpec, script: string): TenantComputeSpec {
    const { source, line } = lab.runsFile(spec.tenant_id);
    const setup = lab.container(`${line}; ${script}`, { name: 'setup', run: 'once' });
    const provider_config = { ...spec.provider_config, mounts: [{ source, target: '/runs', read_only: false }] };
    return { ...spec, containers: [...spec.containers, setup], provider_config };
  }
}
