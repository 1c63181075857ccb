import { expect, test, vi } from 'vitest';
import { createStacks } from '../../../infra/stacks.ts';
import type { CfnTemplate } from '../../support/cloud-assembly.ts';
import { createApp, ecs, readable } from '../synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

test('with a fabric, the app has a protected stack for tenants, and its functions run them there', () => {
  const app = createApp({ fabric: 'true', providers: { ecs: { type: 'ecs', cpu_architecture: 'ARM64' } } });
  const { fabric, service } = createStacks(app);
  const assembly = app.synth();
  expect(fabric?.terminationProtection).toBe(true);
  expect(assembly.stacks.map(({ stackName }) => stackName).sort()).toEqual(['Berth', 'BerthFabric', 'BerthState']);
  const { functions, statementsOf } = readable([assembly.getStackByName(service.stackName).template as CfnTemplate]);
  const variable = JSON.stringify(functions.get('provision-tenant')?.Environment.Variables.BERTH_PROVIDERS);
  for (const part of ['cluster_arn', 'execution_role_arn', 'log_group', 'gateway', 'cpu_architecture']) {
    expect(variable).toContain(part);
  }
  expect(variable).toContain('"Fn::ImportValue":"BerthFabric:');
  const pass = statementsOf('provision-tenant').find(({ Action }) => Action === 'iam:PassRole');
  expect(JSON.stringify(pass?.Resource)).toContain('BerthFabric:ExportsOutputFnGetAttExecution');
});

test('a cluster besides that of the fabric is refused by name', () => {
  expect(() => createStacks(createApp({ fabric: true, providers: { ecs } }))).toThrow(
    'providers/ecs: cluster_arn is that of the fabric. Correct it, or give this provider another name',
  );
});
