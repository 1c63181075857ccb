import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Provider } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import type { EcsClient, EcsOperation, EcsOperations } from '../../../src/providers/ecs/api/client.ts';
import { EcsError } from '../../support/fake-ecs/ecs-error.ts';
import { ACCOUNT, type FakeEcs, REGION } from '../../support/fake-ecs/fake-ecs.ts';
import { leakRun } from '../../support/leak-programs.ts';
import { balancers, defaults, EXECUTION_ROLE, hostSettings, inventory, TASK_ROLE, withFiles } from './ecs-subject.ts';
import { ecsSpec, type OpenEcs, openEcs, ROLLOUT, withImage } from './open-ecs.ts';

const TENANTS = ['one', 'two'];
const IMAGES = ['good.example/app:1', 'good.example/app:2', 'missing.example/app:3', 'hanging.example/app:4'];
/** `revisions_kept`, revisions in use by the rollouts of a service, and one that was just registered. */
const MAX_REVISIONS = 3 + 3 + 1;

const gateway = { arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:gateway/apps/a1b2c3d4` };
/** Settings that give tenants an address, which the operator may change between two steps. */
const role_arn = `arn:aws:iam::${ACCOUNT}:role/berth/balancing`;
const canary = { strategy: 'canary', steps: { percent: 10, bake_seconds: 60 } };
const approved = { strategy: 'blue_green', approval: { timeout_seconds: 120 }, role_arn };
const address = fc.constantFrom<Record<string, unknown>>(
  {},
  { gateway },
  { gateway, deployment: canary },
  hostSettings(0),
  hostSettings(1),
  { ...hostSettings(0), deployment: { ...canary, role_arn } },
  { ...hostSettings(1), deployment: approved },
);
const options = {
  gateways: [{ ...gateway, accessType: 'PUBLIC' as const, clusters: ['tenants'] }],
  balancers,
  roles: [EXECUTION_ROLE, TASK_ROLE, role_arn],
};
/** Sees what every one of these settings leaves. */
const all = { ...defaults, ...withFiles, ...hostSettings(0) };

/** Volumes that a version mounts, and those of them that a destroy keeps. */
const volumes = fc.record({
  mounted: fc.subarray(['data', 'cache']),
  retained: fc.subarray(['data', 'cache']),
  read_only: fc.boolean(),
});

const step = fc.record({
  operation: fc.constantFrom('provision', 'update', 'update', 'restart', 'stop', 'destroy', 'getStatus', 'list'),
  tenant: fc.constantFrom(...TENANTS),
  image: fc.constantFrom(...IMAGES),
  /** The process is killed after this number of calls to ECS, before or after the effect of the last one. */
  killedAfter: fc.option(fc.nat(12), { freq: 3 }),
  withEffect: fc.boolean(),
  address,
  volumes,
  pass: fc.constantFrom(0, 1000, 40_000, ROLLOUT),
});

test('after any operations and kills, every resource is listed, and destroy removes all of it', async () => {
  const { numRuns, seed } = leakRun('ecs', 200);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (program) => {
      await using ecs = await openEcs(options);
      for (const { killedAfter, withEffect, address, pass, ...what } of program) {
        const client = mortal(ecs.fake, killedAfter ?? Number.POSITIVE_INFINITY, withEffect);
        await perform(ecs.provide({ client, defaults: { ...defaults, ...withFiles, ...address } }), what);
        await ecs.pass(pass);
      }
      await ecs.pass(ROLLOUT);
      await expectNothingHidden(ecs);
      const survivor = ecs.provide({ client: mortal(ecs.fake), defaults: all });
      // A host goes after the last task that it leads to.
      for (const _round of ['service', 'host']) {
        for (const { tenant_id } of await Array.fromAsync(survivor.list())) await survivor.destroy(tenant_id);
        await ecs.pass(ROLLOUT);
      }
      expect(inventory(ecs.fake)).toEqual([]);
      expect([...ecs.fake.state.routes.values()]).toEqual([]);
      expect(ecs.fake.state.balancing.cuts, 'rules that went while tasks had requests').toBe(0);
      expectOnePointEach(ecs);
      expect([...ecs.fake.state.tasks].filter(({ task }) => task.lastStatus !== 'STOPPED')).toEqual([]);
    }),
    { numRuns, seed },
  );
}, 600_000);

async function perform(
  provider: Provider,
  { operation, tenant, image, volumes }: { operation: string; tenant: string; image: string; volumes: Volumes },
) {
  const spec = withVolumes(withImage(ecsSpec(tenant), image), volumes);
  const run = {
    provision: () => provider.provision(spec),
    update: () => provider.update(tenant, spec),
    restart: () => provider.update(tenant, spec, { restart: `${tenant}.1` }),
    stop: async () => provider.stop?.(tenant),
    destroy: () => provider.destroy(tenant),
    getStatus: () => provider.getStatus(tenant),
    list: () => Array.fromAsync(provider.list()),
  }[operation];
  // Refusals and kills are expected. Only leftovers matter here.
  await run?.().catch(() => undefined);
}

interface Volumes {
  mounted: string[];
  retained: string[];
  read_only: boolean;
}

function withVolumes(spec: TenantComputeSpec, { mounted, retained, read_only }: Volumes): TenantComputeSpec {
  const mounts = mounted.map((name) => ({ name, path: `/${name}`, read_only }));
  const kept = retained.filter((name) => mounted.includes(name)).map((name) => ({ name, retain: true }));
  const containers = spec.containers.map((one, index) => (index === 0 ? { ...one, volumes: mounts } : one));
  return { ...spec, containers, volumes: kept };
}

/** Expects that no volume has two access points: a container would find the data of one of them only. */
function expectOnePointEach({ fake }: OpenEcs): void {
  const names = [...fake.state.files.points.values()].map(({ tags }) =>
    [tags.get('berth.tenant_id'), tags.get('berth.volume')].join(' '),
  );
  expect(names.length, 'access points of one volume').toBe(new Set(names).size);
}

/** Expects every tenant with resources to be listed once, and no family to have too many revisions. */
async function expectNothingHidden(ecs: OpenEcs): Promise<void> {
  const listed = (await Array.fromAsync(ecs.provide({ client: mortal(ecs.fake), defaults: all }).list())).map(
    ({ tenant_id }) => tenant_id,
  );
  const held = new Set(inventory(ecs.fake).map((name) => name.split('_').at(-1)));
  expect(new Set(listed)).toEqual(held);
  expect(listed.length, 'tenants listed twice').toBe(held.size);
  for (const revisions of ecs.fake.state.families.values()) {
    const active = revisions.filter(({ definition }) => definition.status === 'ACTIVE');
    expect(active.length).toBeLessThanOrEqual(MAX_REVISIONS);
  }
}

/** Returns a client without the wire, whose process is killed after some calls. */
function mortal(fake: FakeEcs, calls = Number.POSITIVE_INFINITY, withEffect = false): EcsClient {
  let left = calls;
  return {
    async send<Operation extends EcsOperation>(operation: Operation, input: EcsOperations[Operation][0]) {
      left -= 1;
      if (left < 0 && (left < -1 || !withEffect)) throw new Error('killed');
      try {
        const answer = structuredClone(fake.call(operation, input));
        if (left < 0) throw new Error('killed');
        return answer as unknown as EcsOperations[Operation][1];
      } catch (error) {
        if (!(error instanceof EcsError)) throw error;
        throw Object.assign(new Error(error.message), {
          name: error.type,
          ...error.fields,
          $metadata: { httpStatusCode: error.status },
        });
      }
    },
  };
}
