import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { Manager } from '../../../src/compute/manager.ts';
import { Registry } from '../../../src/compute/registry.ts';
import type { EcsClient } from '../../../src/providers/ecs/api/client.ts';
import { EcsProvider } from '../../../src/providers/ecs/provider.ts';
import { systemClock } from '../../../src/tenants/clock.ts';
import { RateLimiter } from '../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../src/tenants/reconcile/reconciler.ts';
import { createDynamoDBTable, tableDefinition } from '../../../src/tenants/store/dynamodb-table.ts';
import { Store } from '../../../src/tenants/store/store.ts';
import { Inventory } from '../../../src/tenants/sweep/inventory.ts';
import { Tenants } from '../../../src/tenants/tenants.ts';
import { createCapturedLogger } from '../../support/captured-logger.ts';
import { REGION } from '../../support/fake-ecs/fake-ecs.ts';
import { createCluster, findMotoServer, startMotoServer } from '../../support/moto-server.ts';
import { CLUSTER_ARN, name, sdkClient } from './ecs-subject.ts';
import { ecsSpec, withImage } from './open-ecs.ts';

/*
 * The whole life of a tenant on an independent implementation of DynamoDB, ECS and Application Auto Scaling, with the real
 * SDK. moto's services run at once (`MOTO_ECS_SERVICE_RUNNING`). It has no history of rollouts, and its deployments keep
 * their first task definition: `filled` adds both, and nothing else.
 */
const path = findMotoServer();
if (!path) process.stdout.write('moto_server is not on the PATH: the life of a tenant is tested on the fake only\n');

const me = { actor: 'tests' };
const autoscaling = { min: 1, max: 4, cpu_percent: 60 };
const ID = 'service/tenants/berth-ecs_acme';

test.runIf(path)(
  'a tenant lives on moto from its provision to its end, and changed settings reach it',
  async () => {
    const { client, subnets, planeFor } = await openMoto(path ?? '');
    const before = planeFor({});
    const first = ecsSpec('acme', { labels: { team: 'blue' } });
    await before.tenants.provision(first, me);
    await before.reach('ready');
    expect((await before.tenants.provision(first, me)).kind).toBe('unchanged');

    await before.tenants.update(withImage(first, 'good.example/app:2'), me);
    await before.reach('ready');
    await before.tenants.rollback('acme', 1, me);
    await before.reach('ready');
    expect(await before.tenants.get('acme')).toMatchObject({ desired: { revision: 3 }, serving: { revision: 3 } });
    expect(await before.inventory()).toEqual([['held']]);

    const after = planeFor({ subnets: subnets.slice(1, 2), autoscaling });
    expect((await after.tenants.plan(first)).warnings.join()).toContain('settings of the provider');
    expect(await after.inventory()).toEqual([['held', 'healed']]);
    await after.reach('ready');
    const { services } = await client.send('DescribeServices', { cluster: CLUSTER_ARN, services: ['berth-ecs_acme'] });
    expect(services?.[0]?.networkConfiguration?.awsvpcConfiguration?.subnets).toEqual(subnets.slice(1, 2));
    const targets = () => client.send('DescribeScalableTargets', { ServiceNamespace: 'ecs', ResourceIds: [ID] });
    expect((await targets()).ScalableTargets).toMatchObject([{ MinCapacity: 1, MaxCapacity: 4 }]);
    expect(await after.inventory()).toEqual([['held']]);

    await after.tenants.destroy('acme', me);
    await after.reach('destroyed');
    expect((await targets()).ScalableTargets).toEqual([]);
    expect((await client.send('ListTaskDefinitions', { familyPrefix: 'berth-ecs_acme' })).taskDefinitionArns).toEqual(
      [],
    );
    expect(await after.inventory()).toEqual([]);
  },
  120_000,
);

async function openMoto(server: string) {
  const moto = await startMotoServer(server, { MOTO_ECS_SERVICE_RUNNING: '1' });
  onTestFinished(() => moto.close());
  const subnets = await createCluster(moto.url, REGION, 'tenants');
  const credentials = { accessKeyId: 'tests', secretAccessKey: 'tests' };
  const dynamodb = new DynamoDBClient({ endpoint: moto.url, region: REGION, credentials });
  const client = filled(sdkClient(moto));
  onTestFinished(() => {
    dynamodb.destroy();
    client.close?.();
  });
  const TableName = 'tenants';
  await dynamodb.send(new CreateTableCommand(tableDefinition(TableName)));
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 }, { TableName });
  const table = createDynamoDBTable({ tableName: TableName, client: async () => dynamodb });
  /** Returns a control plane whose operator chose these settings. */
  const planeFor = (settings: Record<string, unknown>) => {
    const logger = createCapturedLogger();
    const store = new Store(table);
    const registry = new Registry();
    const defaults = { cluster_arn: CLUSTER_ARN, subnets: subnets.slice(0, 1), destroy_wait_seconds: 0, ...settings };
    registry.register(new EcsProvider({ name, defaults, client }));
    const manager = new Manager(registry, logger);
    const clock = systemClock;
    const reconciler = new Reconciler({ store, manager, logger, rateLimiter: new RateLimiter({ table, clock }) });
    const tenants = new Tenants({ store, manager, reconciler });
    const inventory = new Inventory({ store, registry, manager, tenants, clock, logger });
    return {
      tenants,
      inventory: async () => (await Array.fromAsync(inventory.walk(name))).map(({ countsAs }) => countsAs),
      /** Waits until the tenant is in a phase, as the sweeper would bring it there. */
      async reach(phase: string): Promise<void> {
        await expect
          .poll(
            async () => {
              await reconciler.reconcile('acme', { waitMs: 1000 });
              return (await store.getTenant('acme')).tenant?.phase;
            },
            { timeout: 30_000 },
          )
          .toBe(phase);
      },
    };
  };
  return { client, subnets, planeFor };
}

function filled(honest: EcsClient): EcsClient {
  const send: EcsClient['send'] = async (operation, input, signal) => {
    if (operation === 'ListServiceDeployments') return { serviceDeployments: [], $metadata: {} } as never;
    const output = await honest.send(operation, input, signal);
    if (operation !== 'DescribeServices') return output;
    const { services = [] } = output as { services?: { taskDefinition?: string; deployments?: object[] }[] };
    for (const { taskDefinition, deployments = [] } of services) {
      for (const deployment of deployments) Object.assign(deployment, { taskDefinition });
    }
    return output;
  };
  return { send, close: () => honest.close?.() };
}
