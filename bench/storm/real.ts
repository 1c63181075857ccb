import { silentLogger } from '../../src/compute/logger.ts';
import { Manager } from '../../src/compute/manager.ts';
import { Registry } from '../../src/compute/registry.ts';
import { createEcsProvider } from '../../src/providers/ecs/provider.ts';
import { createSdkClient } from '../../src/providers/ecs/sdk.ts';
import { Converger } from '../../src/tenants/converge.ts';
import { Pacer } from '../../src/tenants/pacer.ts';
import { Store } from '../../src/tenants/store.ts';
import { Sweeper } from '../../src/tenants/sweeper.ts';
import type { Table } from '../../src/tenants/table.ts';
import { Tenants } from '../../src/tenants/tenants.ts';
import { ACCOUNT, REGION, startFakeEcs } from '../../test/support/fake-ecs/fake-ecs.ts';
import type { Rate } from '../../test/support/fake-ecs/token-bucket.ts';
import { createIndexedTable } from '../../test/support/indexed-table.ts';
import { aSpec } from '../../test/support/specs.ts';

/** A thousandth of what each step takes on Fargate. Milliseconds. */
const quick = { visible: 3, provision: 3, start: 5, check: 4, steady: 6, stop: 5, retry: 3 };
const ROLE = `arn:aws:iam::${ACCOUNT}:role/berth/execution`;
const PROVIDER = 'ecs';
/** After that, whatever is not ready counts as lost. */
const LONGEST_MS = 60_000;

export interface RealReport {
  seconds: number;
  theory: number;
  registrations: { made: number; throttled: number };
  lost: number;
}

/** The same code on real timers: the real provider and SDK, over loopback, against a fake ECS with that limit of definitions. */
export async function realStorm(provisions: number, limit: Rate): Promise<RealReport> {
  const fake = await startFakeEcs({ timing: quick, roles: [ROLE], rates: { 'definition writes': limit } });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
  const client = createSdkClient({ region: REGION, endpoint: fake.url, credentials });
  const table = createIndexedTable();
  const stop = new AbortController();
  try {
    const hosts = [1, 2, 3].map(() => startHost(table, client));
    const begun = performance.now();
    const sweeping = hosts.map(({ sweeper }) => sweepOn(sweeper, stop.signal));
    const ask = async (n: number) => {
      await new Promise((resolve) => setTimeout(resolve, n * 20));
      await hosts[n % hosts.length]?.tenants.provision(specOf(n), { actor: 'bench' });
    };
    await Promise.all(Array.from({ length: provisions }, (_, n) => ask(n)));
    let left = provisions;
    while (left > 0 && performance.now() - begun < LONGEST_MS) {
      left = [...table.items.values()].filter(({ pk, work }) => pk.startsWith('tenant#') && work).length;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - begun) / 1000;
    stop.abort(new Error('the storm is over'));
    await Promise.all(sweeping);
    const registrations = fake.calls.filter(({ operation }) => operation === 'RegisterTaskDefinition');
    const ready = [...table.items.values()].filter(({ phase }) => phase === 'ready').length;
    return {
      seconds,
      theory: (provisions - limit.burst) / limit.perSecond,
      registrations: { made: registrations.length, throttled: registrations.filter(({ refused }) => refused).length },
      lost: provisions - ready,
    };
  } finally {
    stop.abort(new Error('the storm is over'));
    client.close?.();
    await fake.close();
  }
}

function startHost(table: Table, client: ReturnType<typeof createSdkClient>) {
  const registry = new Registry(silentLogger);
  const defaults = {
    cluster_arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/tenants`,
    subnets: ['subnet-0aaaaaaa'],
    security_groups: ['sg-0aaaaaaa'],
    execution_role_arn: ROLE,
  };
  registry.register(createEcsProvider({ name: PROVIDER, defaults, client }));
  const manager = new Manager(registry, silentLogger);
  const store = new Store(table);
  const converger = new Converger({ store, manager, pacer: new Pacer({ table }), logger: silentLogger });
  return {
    tenants: new Tenants({ store, manager, converger }),
    sweeper: new Sweeper({ store, converger, logger: silentLogger }),
  };
}

async function sweepOn(sweeper: Sweeper, signal: AbortSignal): Promise<void> {
  const sweeps: Promise<unknown>[] = [];
  while (!signal.aborted) {
    sweeps.push(sweeper.sweep({ signal, patience: 1000 }));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await Promise.all(sweeps);
}

function specOf(n: number) {
  const container = { name: 'web', image: 'good.example/app:1' };
  return aSpec({
    tenant_id: `tenant-${n}`,
    provider_type: PROVIDER,
    containers: [container],
    resources: { cpu: 256, memory: 512 },
  });
}

if (import.meta.main) {
  const limit = { perSecond: Number(process.argv[3] ?? 10), burst: 20 };
  const { seconds, theory, registrations, lost } = await realStorm(Number(process.argv[2] ?? 300), limit);
  const { made, throttled } = registrations;
  process.stdout.write(
    `${made - throttled} definitions at ${limit.perSecond} a second, real timers: ${seconds.toFixed(1)} s, ${(seconds / theory).toFixed(3)} x the least; ${throttled} of ${made} throttled; ${lost} tenants lost\n`,
  );
}
