import { expect, test } from 'vitest';
import { REQUESTED_TAG } from '../../../../src/providers/ecs/tags.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { defaults, registerForeign } from '../ecs-subject.ts';
import { bringUp, ecsSpec, type OpenEcs, openEcs, ROLLOUT } from '../open-ecs.ts';

const target_group_arn = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/acme/73e2d6bc24d8a067`;
const loadBalancers = [{ targetGroupArn: target_group_arn, containerName: 'web', containerPort: 8080 }];
const options = { targetGroups: [target_group_arn] };
const service = 'berth-ecs_acme';

function recordOf(ecs: OpenEcs) {
  const [record] = ecs.fake.state.services.values();
  if (!record) throw new Error('there is no service');
  return record;
}

function tag(ecs: OpenEcs, tags: Record<string, string>): void {
  const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
  ecs.fake.call('TagResource', { resourceArn: recordOf(ecs).service.serviceArn, tags: list });
}

const tagsOf = (ecs: OpenEcs) => Object.fromEntries(recordOf(ecs).tags);

test('tags of others stay, and labels that a specification no longer has go', async () => {
  await using ecs = await openEcs();
  await bringUp(ecs, ecsSpec('acme', { labels: { team: 'blue', stage: 'test' } }));
  tag(ecs, { 'cost-center': '42', team: 'changed by hand' });
  await ecs.provider.update('acme', ecsSpec('acme', { labels: { team: 'green' } }));
  expect(tagsOf(ecs)).toMatchObject({ 'cost-center': '42', team: 'green' });
  expect(tagsOf(ecs)).not.toHaveProperty('stage');
});

test('a service with 40 labels and 4 tags of the operator has room for what Berth records', async () => {
  await using ecs = await openEcs();
  const labels = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`label-${index}`, String(index)]));
  const tags = { a: '1', b: '2', c: '3', d: '4' };
  const provider = ecs.provide({ defaults: { ...defaults, tags } });
  await bringUp({ ...ecs, provider }, ecsSpec('acme', { labels }));
  expect(tagsOf(ecs)[REQUESTED_TAG]?.length).toBeLessThanOrEqual(256);
  await provider.update('acme', ecsSpec('acme'));
  expect(Object.keys(tagsOf(ecs)).filter((key) => key.startsWith('label-'))).toEqual([]);
  expect(tagsOf(ecs)).toMatchObject(tags);
});

test('labels go also where a given task definition runs', async () => {
  await using ecs = await openEcs();
  const provider = ecs.provide({
    defaults: { ...defaults, task_definition_arn: registerForeign(ecs.fake, 'golden', 'good.example/golden:1') },
  });
  await bringUp({ ...ecs, provider }, ecsSpec('acme', { labels: { team: 'blue' } }));
  tag(ecs, { 'cost-center': '42' });
  await provider.update('acme', ecsSpec('acme'));
  expect(tagsOf(ecs)).toMatchObject({ 'cost-center': '42' });
  expect(tagsOf(ecs)).not.toHaveProperty('team');
});

test('a load balancer that Berth attached goes, and one that others attached stays', async () => {
  await using ecs = await openEcs(options);
  const balanced = ecs.provide({ defaults: { ...defaults, load_balancer: { target_group_arn } } });
  await bringUp({ ...ecs, provider: balanced }, ecsSpec('acme'));
  expect(recordOf(ecs).service.loadBalancers).toEqual(loadBalancers);
  await ecs.provider.update('acme', ecsSpec('acme'));
  await ecs.pass(ROLLOUT);
  expect(recordOf(ecs).service).toMatchObject({ loadBalancers: undefined, healthCheckGracePeriodSeconds: 0 });
  ecs.fake.call('UpdateService', { cluster: 'tenants', service, loadBalancers });
  await ecs.pass(ROLLOUT);
  await ecs.provider.update('acme', ecsSpec('acme', { labels: { team: 'blue' } }));
  await ecs.pass(ROLLOUT);
  expect(recordOf(ecs).service.loadBalancers).toEqual(loadBalancers);
});

test('a service of the version before gets its record, its tasks stay, and what that version left behind goes', async () => {
  await using ecs = await openEcs(options);
  const spec = ecsSpec('acme', { labels: { team: 'blue' } });
  const balanced = ecs.provide({ defaults: { ...defaults, load_balancer: { target_group_arn } } });
  await bringUp({ ...ecs, provider: balanced }, spec);
  const older = () => {
    const value = tagsOf(ecs)[REQUESTED_TAG]?.split('@').slice(0, 2).join('@') ?? '';
    tag(ecs, { [REQUESTED_TAG]: value, stage: 'of others' });
  };
  older();
  const deployment = recordOf(ecs).deployments[0]?.deployment.id;
  expect(await Array.fromAsync(balanced.list())).toMatchObject([{ has_open_steps: true }]);
  expect((await balanced.getStatus('acme')).metadata.open_steps).toContain('the version before did not record');
  expect((await balanced.update('acme', spec)).status).toBe('no_changes');
  expect(recordOf(ecs).deployments[0]?.deployment.id).toBe(deployment);
  expect((await balanced.getStatus('acme')).metadata.open_steps).toBeUndefined();
  older();
  await ecs.provider.update('acme', ecsSpec('acme'));
  await ecs.pass(ROLLOUT);
  expect(recordOf(ecs).service.loadBalancers).toBeUndefined();
  expect(tagsOf(ecs)).toMatchObject({ stage: 'of others' });
  expect(tagsOf(ecs)).not.toHaveProperty('team');
});
