import { describe, expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { defaults, registerForeign } from '../ecs-subject.ts';
import { bringUp, ecsSpec, openEcs, withImage } from '../open-ecs.ts';

const allow = { subnets: ['subnet-*'], task_definition_arns: ['*:task-definition/golden:*'] };

/** Returns whether an update begins a deployment, which replaces tasks, and whether the fingerprints predict it. */
async function compare(
  toSpec: (config: Record<string, unknown>) => [TenantComputeSpec, TenantComputeSpec],
  isGiven: boolean,
) {
  await using ecs = await openEcs({ subnets: ['subnet-0aaaaaaa', 'subnet-0bbbbbbb'] });
  const task_definition_arn = registerForeign(ecs.fake, 'golden', 'good.example/golden:1');
  const provider = ecs.provide({ defaults: { ...defaults, allow } });
  const config = isGiven ? { task_definition_arn } : {};
  const [before, after] = toSpec(config);
  const deployments = () =>
    [...ecs.fake.state.services.values()].flatMap((service) =>
      service.deployments.map(({ deployment }) => deployment.id),
    );
  await bringUp({ ...ecs, provider }, before);
  const ids = deployments();
  await provider.update(before.tenant_id, after);
  const [old, current] = [await provider.fingerprints(before), await provider.fingerprints(after)];
  expect(Object.keys(current)).toEqual(after.containers.map(({ name }) => name));
  return { isReplaced: deployments().some((id) => !ids.includes(id)), isPredicted: old.web !== current.web };
}

const subnets = ['subnet-0bbbbbbb'];

describe('fingerprints', () => {
  test.each<[string, Partial<TenantComputeSpec>, boolean]>([
    ['labels', { labels: { team: 'blue' } }, true],
    [
      'the number of tasks, which the tags of the task definition cover',
      { provider_config: { desired_count: 2 } },
      true,
    ],
    ['subnets', { networking: { subnets } }, true],
    ['memory', { resources: { cpu: 250, memory: 1024 } }, true],
  ])('predict a replacement after any change of the specification: %s', async (_title, change, expected) => {
    const found = await compare(() => [ecsSpec('acme'), ecsSpec('acme', change)], false);
    expect(found).toEqual({ isReplaced: expected, isPredicted: expected });
  });

  test.each<[string, (spec: TenantComputeSpec) => TenantComputeSpec, boolean]>([
    [
      'number of tasks: not replaced',
      (spec) => ({ ...spec, provider_config: { ...spec.provider_config, desired_count: 2 } }),
      false,
    ],
    ['map of labels: not replaced', (spec) => ({ ...spec, labels: { team: 'blue' } }), false],
    ['image: not replaced', (spec) => withImage(spec, 'good.example/app:2'), false],
    ['list of subnets: replaced', (spec) => ({ ...spec, networking: { subnets } }), true],
  ])(
    'predict a replacement of tasks with a given task definition after another %s',
    async (_title, change, expected) => {
      const toSpecs = (provider_config: Record<string, unknown>): [TenantComputeSpec, TenantComputeSpec] => {
        const spec = ecsSpec('acme', { provider_config });
        return [spec, change(spec)];
      };
      expect(await compare(toSpecs, true)).toEqual({ isReplaced: expected, isPredicted: expected });
    },
  );
});
