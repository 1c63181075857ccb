import { expect, test } from 'vitest';
import { bringUp, ecsSpec, openEcs } from '../open-ecs.ts';

test('the status of a settled tenant takes five calls', async () => {
  await using ecs = await openEcs();
  await bringUp(ecs, ecsSpec('acme'));
  ecs.calls();
  await ecs.provider.getStatus('acme');
  expect(ecs.calls().toSorted()).toEqual([
    'DescribeServices',
    'DescribeTaskDefinition',
    'DescribeTasks',
    'ListServiceDeployments',
    'ListTasks',
  ]);
});
