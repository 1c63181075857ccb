import { scheduled } from './runtime/scheduled.ts';

/** Kept back from what Lambda leaves, so that tenants under way can be given back in time. Milliseconds. */
const MARGIN = 5_000;

/** How long to wait before looking for due work again. Milliseconds. */
const PAUSE = 1_000;

/** Begun every minute, works through what is due for most of it, and takes stock of the providers whose time has come. */
export const handler = scheduled({
  name: 'on-sweep',
  async run({ sweeper, stocktaking, registry, remaining, pause }) {
    const time = () => remaining() - MARGIN;
    const signal = AbortSignal.timeout(Math.max(0, time()));
    const until = Date.now() + time();
    const reports = Promise.all(registry.list().map((provider) => stocktaking.takeIfDue(provider, signal)));
    const sweeps: Promise<number>[] = [];
    // A sweep stays with tenants that take their time; those that become due meanwhile are not to wait for it.
    while (time() > PAUSE) {
      sweeps.push(sweeper.sweep({ signal, until, patience: Math.min(10_000, time()) }));
      await pause(PAUSE);
    }
    const converged = (await Promise.all(sweeps)).reduce((sum, taken) => sum + taken, 0);
    return { converged, inventory: (await reports).filter((report) => report !== undefined) };
  },
});
