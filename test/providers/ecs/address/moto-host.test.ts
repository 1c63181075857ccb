import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../../../src/compute/logger.ts';
import { ensureHost, hostGroups, removeHosts } from '../../../../src/providers/ecs/address/host-address.ts';
import type { ProviderContext } from '../../../../src/providers/ecs/provider-context.ts';
import { operatorSettings } from '../../../../src/providers/ecs/settings.ts';
import { REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { createCluster, findMotoServer, startMotoServer } from '../../../support/moto-server.ts';
import { defaults, name, sdkClient } from '../ecs-subject.ts';
import { ecsSpec, plan } from '../open-ecs.ts';

const path = findMotoServer();
if (!path) process.stdout.write('moto_server is not on the PATH: hosts are tested on the fake only\n');

test.runIf(path)(
  'on moto, hosts are made, found, corrected and removed, and those of others stay',
  async () => {
    const { context, listener, settings, hostsIn } = await openMoto(path ?? '');
    const wanted = (tenant: string, hostname?: string) =>
      plan(ecsSpec(tenant, hostname ? { networking: { hostname } } : {}), settings);
    const made = await ensureHost(context, wanted('acme', 'shop.example.com'));
    await ensureHost(context, wanted('other'));
    expect(made.isNew).toBe(true);
    expect(await hostsIn(listener)).toEqual([
      ['acme.apps.example.com', 'shop.example.com'],
      ['other.apps.example.com'],
    ]);
    const again = await ensureHost(context, wanted('acme'));
    expect(again.isNew).toBe(false);
    expect(again.plan.service.loadBalancers).toEqual(made.plan.service.loadBalancers);
    expect(await hostsIn(listener)).toEqual([['acme.apps.example.com'], ['other.apps.example.com']]);

    const tenant = { name: 'berth-ecs_acme', tenantId: 'acme' };
    expect(await hostGroups(context, tenant.name, tenant.tenantId)).toMatchObject([
      { tags: { 'berth.owner': 'berth', 'berth.tenant_id': 'acme', 'berth.provider': name } },
    ]);
    await removeHosts(context, tenant);
    await removeHosts(context, tenant);
    expect(await hostGroups(context, tenant.name, tenant.tenantId)).toEqual([]);
    expect(await hostsIn(listener)).toEqual([['other.apps.example.com']]);
  },
  60_000,
);

/** Starts moto with a load balancer, and returns what a call of the provider would have. */
async function openMoto(server: string) {
  const moto = await startMotoServer(server);
  onTestFinished(() => moto.close());
  const Subnets = (await createCluster(moto.url, REGION, 'tenants')).slice(0, 2);
  const credentials = { accessKeyId: 'tests', secretAccessKey: 'tests' };
  const balancing = new ElasticLoadBalancingV2Client({ endpoint: moto.url, region: REGION, credentials });
  const client = sdkClient(moto);
  onTestFinished(() => {
    balancing.destroy();
    client.close?.();
  });
  const { LoadBalancers = [] } = await balancing.send(new CreateLoadBalancerCommand({ Name: 'apps', Subnets }));
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? '';
  const DefaultActions = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '404' } }];
  const { Listeners = [] } = await balancing.send(
    new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions }),
  );
  const listener = Listeners[0]?.ListenerArn ?? '';
  const settings = { load_balancer: { listener_arn: listener, host: '{tenant_id}.apps.example.com' } };
  const context: ProviderContext = {
    send: client.send,
    provider: name,
    settings: operatorSettings({ ...defaults, ...settings }),
    settingsDigest: '',
    origin: {},
    logger: silentLogger,
    now: Date.now,
    sleep: async () => {},
  };
  return {
    context,
    listener,
    settings,
    async hostsIn(ListenerArn: string) {
      const { Rules = [] } = await balancing.send(new DescribeRulesCommand({ ListenerArn }));
      const hosts = Rules.flatMap(({ Conditions = [] }) => Conditions.map((one) => one.HostHeaderConfig?.Values ?? []));
      return hosts.map((values) => values.toSorted()).toSorted();
    },
  };
}
