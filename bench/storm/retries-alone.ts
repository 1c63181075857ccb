import { ThrottledError } from '../../src/compute/errors.ts';
import { aSpec } from '../../test/support/specs.ts';
import { Account, ecsLimits, LimitedProvider, type Retry } from './limited-provider.ts';
import { randomOf, type StormReport } from './storm.ts';
import { StormTimeline } from './timeline.ts';

/** How the SDKs of AWS retry unless told otherwise: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const ATTEMPTS = 3;
const asSdk: Retry = (attempts, random) =>
  attempts < ATTEMPTS ? random() * Math.min(20_000, 100 * 2 ** (attempts - 1)) : undefined;

/** The straightforward way, for comparison: each request calls the provider, and the SDK's retries of each call are all there is against throttling. */
export async function retriesAlone(provisions: number, arrivals = 100): Promise<Pick<StormReport, 'calls' | 'lost'>> {
  const timeline = new StormTimeline();
  const random = randomOf(1);
  const account = new Account('account', ecsLimits, timeline.now);
  const provider = new LimitedProvider({ name: 'ecs', account, timeline, random, retry: asSdk });
  let lost = 0;
  const provision = async (n: number) => {
    await timeline.sleep((n * 1000) / arrivals);
    try {
      await provider.provision(aSpec({ tenant_id: `new-${n}`, provider_type: 'ecs' }));
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      lost += 1;
    }
  };
  await timeline.run(Promise.all(Array.from({ length: provisions }, (_, n) => provision(n))));
  const all = Object.values(account.calls);
  const sum = (what: 'made' | 'throttled') => all.reduce((total, calls) => total + calls[what], 0);
  return { calls: { made: sum('made'), throttled: sum('throttled') }, lost };
}
