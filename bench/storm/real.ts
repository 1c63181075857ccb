import { silentLogger } from '../../src/compute/logger.ts';
import { Manager } from '../../src/compute/manager.ts';
import { Registry } from '../../src/compute/registry.ts';
import { createSdkClient } from '../../src/providers/ecs/api/sdk.ts';
import { createEcsProvider } from '../../src/providers/ecs/provider.ts';
import type { Clock } from '../../src/tenants/clock.ts';
import { RateLimiter } from '../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../src/tenants/store/store.ts';
import type { Table } from '../../src/tenants/store/table.ts';
import { Sweeper } from '../../src/tenants/sweep/sweeper.ts';
import { Tenants } from '../../src/tenants/tenants.ts';
import { ACCOUNT, REGION } from '../../test/support/fake-ecs/fake-ecs.ts';
import { createIndexedTable } from '../../test/support/indexed-table.ts';
import { aSpec } from '../../test/support/specs.ts';
import { machine } from '../harness.ts';
import { type FakeReport, startFakeThread } from './fake-thread.ts';
import { fastClock } from './fast-clock.ts';
import { ecsLimits } from './limited-provider.ts';
import { paceAlone } from './pace-alone.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/berth/execution`;
const PROVIDER = 'ecs';
/** Instances: each serves requests, and sweeps. */
const INSTANCES = 3;
/** How many times as fast as the limit allows tenants are asked for. */
const ARRIVALS = 2;
/** How long the limit makes it take, unless told otherwise. Seconds. */
const LASTS = 40;
/** A storm that goes before, so that code is optimised as it is in a host that has run for a while. */
const WARM_UP = { provisions: 100, factor: 40 };
/** Times the limits, and calls that take ten seconds of them or so, for the pace alone. */
const ALONE = { factor: 1000, calls: { 'definition writes': 10_000, 'service writes': 50_000 } } as const;
/** After so many times that, whatever is not ready counts as lost. */
const LONGEST = 1.5;

export interface RealReport extends FakeReport {
  /** From the first request to the last service that ECS took on, and the least that its limits allow. By its clock. */
  seconds: number;
  theory: number;
  lost: number;
  /** Of the machine's clock. */
  wallSeconds: number;
  /** Processor time of Berth's thread, in milliseconds. */
  ownMs: number;
}

/**
 * The same code on real timers: the real provider and SDK, over loopback, against a fake ECS with the published limits. All
 * of them go by one clock that is so many times as fast as the machine's: so ECS takes as many times the calls a second.
 */
export async function realStorm(provisions: number, factor: number): Promise<RealReport> {
  const origin = Date.now();
  const clock = fastClock(factor, origin);
  const fake = await startFakeThread({ factor, origin, roles: [ROLE], rates: ecsLimits });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
  const client = createSdkClient({ region: REGION, endpoint: fake.url, credentials });
  const table = createIndexedTable();
  const stop = new AbortController();
  try {
    const hosts = await Promise.all(Array.from({ length: INSTANCES }, () => startHost(table, client, clock)));
    const { perSecond, burst } = ecsLimits['definition writes'];
    const theory = (provisions - burst) / perSecond;
    const before = process.threadCpuUsage();
    const begunAt = clock.now();
    const sweeping = hosts.map(({ sweeper }, n) => sweepOn(sweeper, clock, n * 317, stop.signal));
    const ask = async (n: number) => {
      await clock.sleep(begunAt + (n * 1000) / (perSecond * ARRIVALS) - clock.now());
      await hosts[n % hosts.length]?.tenants.provision(specOf(n), { actor: 'bench' });
    };
    await Promise.all(Array.from({ length: provisions }, (_, n) => ask(n)));
    const isUnfinished = () => {
      for (const { pk, work } of table.items.values()) if (work !== undefined && pk.startsWith('tenant#')) return true;
      return false;
    };
    while (isUnfinished() && clock.now() < begunAt + theory * LONGEST * 1000) await clock.sleep(10_000);
    const wallSeconds = (clock.now() - begunAt) / 1000 / factor;
    const { user, system } = process.threadCpuUsage(before);
    stop.abort(new Error('the storm is over'));
    await Promise.all(sweeping);
    const report = await fake.report();
    const ready = [...table.items.values()].filter(({ phase }) => phase === 'ready').length;
    return {
      ...report,
      seconds: (report.lastAt - begunAt) / 1000,
      theory,
      lost: provisions - ready,
      wallSeconds,
      ownMs: (user + system) / 1000,
    };
  } finally {
    stop.abort(new Error('the storm is over'));
    client.close?.();
    await fake.close();
  }
}

async function startHost(table: Table, client: ReturnType<typeof createSdkClient>, clock: Clock) {
  const registry = new Registry(silentLogger);
  const defaults = {
    cluster_arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/tenants`,
    subnets: ['subnet-0aaaaaaa'],
    security_groups: ['sg-0aaaaaaa'],
    execution_role_arn: ROLE,
  };
  registry.register(await createEcsProvider({ name: PROVIDER, defaults, client, ...clock }));
  const manager = new Manager(registry, silentLogger);
  const store = new Store(table, clock.now);
  const reconciler = new Reconciler({
    store,
    manager,
    rateLimiter: new RateLimiter({ table, clock }),
    logger: silentLogger,
    clock,
  });
  return {
    tenants: new Tenants({ store, manager, reconciler }),
    sweeper: new Sweeper({ store, reconciler, logger: silentLogger }),
  };
}

/** As the schedule does it: a sweep each second, however long the ones before take. */
async function sweepOn(sweeper: Sweeper, clock: Clock, after: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(after);
  const sweeps: Promise<unknown>[] = [];
  while (!signal.aborted) {
    sweeps.push(sweeper.sweep({ signal }));
    await clock.sleep(1000);
  }
  await Promise.all(sweeps);
}

function specOf(n: number) {
  const times = { interval_seconds: 10, timeout_seconds: 5, healthy_threshold: 1, unhealthy_threshold: 3 };
  return aSpec({
    tenant_id: `tenant-${n}`,
    provider_type: PROVIDER,
    containers: [
      { name: 'web', image: 'good.example/app:1', health_check: { type: 'exec', command: ['true'], ...times } },
    ],
    resources: { cpu: 256, memory: 512 },
  });
}

if (import.meta.main) {
  const factor = Number(process.argv[2] ?? 10);
  const provisions = Number(process.argv[3] ?? factor * LASTS);
  process.stdout.write(
    `${machine()}\n${provisions} provisions at ${factor} times the published limits of ECS, real timers\n\n`,
  );
  await realStorm(WARM_UP.provisions, WARM_UP.factor);
  const report = await realStorm(provisions, factor);
  const { seconds, theory, calls, registrations, lost, wallSeconds, ownMs, processorMs } = report;
  const share = ({ made, throttled }: typeof calls) => `${((100 * throttled) / made).toFixed(2)} % of ${made}`;
  const cost = (ms: number) =>
    `${(ms / provisions).toFixed(1)} ms a provision, ${(ms / wallSeconds / 10).toFixed(0)} % of a core`;
  process.stdout.write(`time/theory  ${(seconds / theory).toFixed(4)} x; ${wallSeconds.toFixed(1)} s in all
throttled    ${share(calls)} calls; ${share(registrations)} definitions
lost         ${lost}
processor    Berth ${cost(ownMs)}; the fake ${cost(processorMs)}
             Berth's core would be full at ${Math.floor((1000 * provisions) / ownMs)} times the limits

The pace alone at ${ALONE.factor} times the limits, where a timer's millisecond is a second:

`);
  for (const what of ['definition writes', 'service writes'] as const) {
    const calls = ALONE.calls[what];
    const paced = await paceAlone(calls, ecsLimits[what], fastClock(ALONE.factor, Date.now()));
    const ratio = (paced.seconds / paced.theory).toFixed(4);
    process.stdout.write(`${calls} ${what}  ${ratio} x, ${share(paced.calls)} throttled
`);
  }
}
