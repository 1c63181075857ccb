import type { Provider } from '../../src/compute/provider.ts';
import { createSdkClient } from '../../src/providers/ecs/api/sdk.ts';
import { createEcsProvider } from '../../src/providers/ecs/provider.ts';
import type { Clock } from '../../src/tenants/clock.ts';
import { ACCOUNT, REGION } from '../../test/support/fake-ecs/fake-ecs.ts';
import { createIndexedTable } from '../../test/support/indexed-table.ts';
import { aSpec } from '../../test/support/specs.ts';
import { machine } from '../harness.ts';
import { type FakeReport, startFakeThread } from './fake-thread.ts';
import { fastClock } from './fast-clock.ts';
import { startHost, sweepRegularly } from './host.ts';
import { ecsLimits } from './limited-provider.ts';
import { rateLimiterAlone } from './rate-limiter-alone.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/berth/execution`;
const PROVIDER = 'ecs';
/** Instances, each of which serves requests and sweeps. */
const INSTANCES = 3;
/** Requests arrive at this multiple of the limit. */
const ARRIVALS = 2;
/** The default duration of the storm at the limit. Seconds. */
const DURATION = 40;
/** An earlier storm, after which V8 has optimised the code as in a host that has run for a while. */
const WARM_UP = { provisions: 100, factor: 40 };
/** For the rate limiter alone: a multiple of the limits, and calls for about ten seconds. */
const ALONE = { factor: 1000, calls: { 'definition writes': 10_000, 'service writes': 50_000 } } as const;
/** A tenant that is not ready after this multiple of the shortest time counts as lost. */
const LONGEST = 1.5;

export interface RealReport extends FakeReport {
  /** Seconds of the fast clock until the last service was accepted, and the shortest time that the limits allow. */
  seconds: number;
  theory: number;
  lost: number;
  /** Seconds by the machine's clock. */
  wallSeconds: number;
  /** Processor time of Berth's thread, in milliseconds. */
  ownMs: number;
}

/**
 * Runs a storm on real timers: the real provider and SDK over loopback, against a fake ECS with the published limits. All of
 * them share a clock that is `factor` times as fast as the machine's, so ECS accepts `factor` times as many calls a second.
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
    const hosts = await Promise.all(
      Array.from({ length: INSTANCES }, async () =>
        startHost({ table, clock, providers: [await createProvider(client, clock)] }),
      ),
    );
    const { perSecond, burst } = ecsLimits['definition writes'];
    const theory = (provisions - burst) / perSecond;
    const cpuBefore = process.threadCpuUsage();
    const startedAt = clock.now();
    const sweeping = hosts.map((host, n) =>
      sweepRegularly(host, { clock, delay: n * 317, every: 1000, signal: stop.signal }),
    );
    const request = async (n: number) => {
      await clock.sleep(startedAt + (n * 1000) / (perSecond * ARRIVALS) - clock.now());
      await hosts[n % hosts.length]?.tenants.provision(specOf(n), { actor: 'bench' });
    };
    await Promise.all(Array.from({ length: provisions }, (_, n) => request(n)));
    const isUnfinished = () => {
      for (const { pk, work } of table.items.values()) if (work !== undefined && pk.startsWith('tenant#')) return true;
      return false;
    };
    while (isUnfinished() && clock.now() < startedAt + theory * LONGEST * 1000) await clock.sleep(10_000);
    const wallSeconds = (clock.now() - startedAt) / 1000 / factor;
    const { user, system } = process.threadCpuUsage(cpuBefore);
    stop.abort(new Error('the storm has ended'));
    await Promise.all(sweeping);
    const report = await fake.report();
    const ready = [...table.items.values()].filter(({ phase }) => phase === 'ready').length;
    return {
      ...report,
      seconds: (report.lastAt - startedAt) / 1000,
      theory,
      lost: provisions - ready,
      wallSeconds,
      ownMs: (user + system) / 1000,
    };
  } finally {
    stop.abort(new Error('the storm has ended'));
    client.close?.();
    await fake.close();
  }
}

async function createProvider(client: ReturnType<typeof createSdkClient>, clock: Clock): Promise<Provider> {
  const defaults = {
    cluster_arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/tenants`,
    subnets: ['subnet-0aaaaaaa'],
    security_groups: ['sg-0aaaaaaa'],
    execution_role_arn: ROLE,
  };
  return await createEcsProvider({ name: PROVIDER, defaults, client, ...clock });
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
  const provisions = Number(process.argv[3] ?? factor * DURATION);
  process.stdout.write(
    `${machine()}\n${provisions} provisions at ${factor} times the published limits of ECS, real timers\n\n`,
  );
  await realStorm(WARM_UP.provisions, WARM_UP.factor);
  const report = await realStorm(provisions, factor);
  const { seconds, theory, calls, registrations, lost, wallSeconds, ownMs, processorMs } = report;
  const share = ({ made, throttled }: typeof calls) => `${((100 * throttled) / made).toFixed(2)} % of ${made}`;
  const cost = (ms: number) =>
    `${(ms / provisions).toFixed(1)} ms a provision, ${(ms / wallSeconds / 10).toFixed(0)} % of a core`;
  process.stdout.write(`time/theory  ${(seconds / theory).toFixed(4)} x; ${wallSeconds.toFixed(1)} s in total
throttled    ${share(calls)} calls; ${share(registrations)} definitions
lost         ${lost}
processor    Berth ${cost(ownMs)}; the fake ${cost(processorMs)}
             Berth would fill its core at ${Math.floor((1000 * provisions) / ownMs)} times the limits

The rate limiter alone at ${ALONE.factor} times the limits, where a second passes in each millisecond:

`);
  for (const what of ['definition writes', 'service writes'] as const) {
    const calls = ALONE.calls[what];
    const alone = await rateLimiterAlone(calls, ecsLimits[what], fastClock(ALONE.factor, Date.now()));
    const ratio = (alone.seconds / alone.theory).toFixed(4);
    process.stdout.write(`${calls} ${what}  ${ratio} x, ${share(alone.calls)} throttled\n`);
  }
}
