import { expect, test } from 'vitest';
import { tenantOfEvent } from '../../../src/providers/ecs/events.ts';

const cluster = 'arn:aws:ecs:eu-central-1:111122223333:cluster/tenants';
const service = (name: string, cluster = 'tenants') =>
  `arn:aws:ecs:eu-central-1:111122223333:service/${cluster}/${name}`;

const deployment = {
  source: 'aws.ecs',
  detail_type: 'ECS Deployment State Change',
  resources: [service('berth-ecs_acme')],
  detail: { eventType: 'INFO', eventName: 'SERVICE_DEPLOYMENT_COMPLETED', deploymentId: 'ecs-svc/1' },
};
const action = {
  ...deployment,
  detail_type: 'ECS Service Action',
  detail: { clusterArn: cluster, eventName: 'SERVICE_STEADY_STATE' },
};
const task = {
  source: 'aws.ecs',
  detail_type: 'ECS Task State Change',
  resources: ['arn:aws:ecs:eu-central-1:111122223333:task/tenants/0123456789abcdef'],
  detail: { clusterArn: cluster, group: 'service:berth-ecs_acme', lastStatus: 'STOPPED' },
};

test.each([
  ['a deployment', deployment, 'acme'],
  ['a service', action, 'acme'],
  ['a task of a service', task, 'acme'],
  ['a task without a service', { ...task, detail: { ...task.detail, group: 'family:berth-ecs_acme' } }, undefined],
  ['a task without a group', { ...task, detail: { clusterArn: cluster } }, undefined],
  ['a task of another cluster', { ...task, detail: { ...task.detail, clusterArn: `${cluster}-2` } }, undefined],
  ['a service of another cluster', { ...deployment, resources: [service('berth-ecs_acme', 'others')] }, undefined],
  ['a service without the prefix', { ...deployment, resources: [service('shop')] }, undefined],
  ['a service of another provider', { ...deployment, resources: [service('berth-ecs2_acme')] }, undefined],
  ['a name that is no tenant id', { ...deployment, resources: [service('berth-ecs_Acme_1')] }, undefined],
  ['the prefix alone', { ...deployment, resources: [service('berth-ecs_')] }, undefined],
  ['another source', { ...deployment, source: 'crm' }, undefined],
  ['no resources', { ...deployment, resources: [] }, undefined],
])('returns the tenant of an event about %s', (_title, event, tenant) => {
  expect(tenantOfEvent(event, cluster, 'berth-ecs_')).toBe(tenant);
});
