import { expect, onTestFinished, test } from 'vitest';
import { createEcsProvider } from '../../../../src/providers/ecs/provider.ts';
import { announcementOf } from '../../../../src/tenants/model/announcing.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { createMemoryTable } from '../../../support/memory-table.ts';
import { me, openInstallation, untilEnded } from '../../../tenants/place/lab.ts';
import { balancers, defaults, EXECUTION_ROLE, hostSettings, name, sdkClient, startQuickEcs } from '../ecs-subject.ts';
import { ecsSpec, withImage } from '../open-ecs.ts';

const arn = `arn:aws:ecs:${REGION}:${ACCOUNT}:gateway/apps/a1b2c3d4`;
const role_arn = `arn:aws:iam::${ACCOUNT}:role/berth/balancing`;
/** ECS counts in minutes, and this clock is the real one. */
const canary = { strategy: 'canary', steps: { percent: 10, bake_seconds: 0 } };
const gateways = [{ arn, accessType: 'PUBLIC' as const, clusters: ['tenants'] }];

test.each([
  ['a gateway', { gateway: { arn } }],
  ['a listener', hostSettings(0)],
  ['a canary at a gateway', { gateway: { arn }, deployment: canary }],
  ['a canary on a listener', { ...hostSettings(0), deployment: { ...canary, role_arn } }],
])('with %s, record, list and announcements have one HTTPS URL over ten updates', async (_name, settings) => {
  const fake = await startQuickEcs({ gateways, balancers, roles: [EXECUTION_ROLE, role_arn] });
  const client = sdkClient(fake);
  onTestFinished(async () => {
    client.close?.();
    await fake.close();
  });
  const provider = await createEcsProvider({ name, defaults: { ...defaults, ...settings }, client });
  const installation = openInstallation(createMemoryTable(), provider);
  const { tenants } = installation;
  const spec = ecsSpec('acme');
  await tenants.provision(spec, me);
  const seen = new Set<string>();
  for (let version = 1; version <= 11; version += 1) {
    if (version > 1) await tenants.update(withImage(spec, `good.example/app:${version}`), me);
    expect(await untilEnded(installation, 'acme'), `version ${version}`).toBe('succeeded');
    const tenant = await tenants.get('acme');
    const { tenants: [listed] = [] } = await tenants.list({ limit: 10, caller: me.actor });
    const { detail } = announcementOf(tenant.operation, tenant);
    expect(tenant.endpoints).toEqual([
      expect.objectContaining({ stable: true, url: expect.stringMatching(/^https:/) }),
    ]);
    expect(listed?.endpoints).toEqual(tenant.endpoints);
    expect(detail.data).toMatchObject({ endpoints: tenant.endpoints });
    seen.add(tenant.endpoints[0]?.url ?? '');
  }
  expect(seen.size).toBe(1);
  await tenants.destroy('acme', me);
  expect(await untilEnded(installation, 'acme')).toBe('succeeded');
  const { routes, balancing } = fake.state;
  expect([routes.size, balancing.groups.size, balancing.rules.size, balancing.cuts]).toEqual([0, 0, 0, 0]);
});
