import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { type FakeEcsOptions, startFakeEcs } from '../../test/support/fake-ecs/fake-ecs.ts';
import { fastClock } from './fast-clock.ts';
import type { Calls } from './limited-provider.ts';

export interface FakeThreadOptions extends Pick<FakeEcsOptions, 'rates' | 'roles'> {
  /** The factor and origin of its `fastClock`. */
  factor: number;
  origin: number;
}

export interface FakeReport {
  calls: Calls;
  registrations: Calls;
  /** When the last service was created, by the fake's clock. Epoch milliseconds. */
  lastAt: number;
  /** Processor time of the thread so far, in milliseconds. */
  processorMs: number;
}

export interface FakeThread {
  url: string;
  report(): Promise<FakeReport>;
  close(): Promise<unknown>;
}

/** Starts the fake ECS in its own thread, so that its processor time is measured apart from that of its callers. */
export async function startFakeThread(options: FakeThreadOptions): Promise<FakeThread> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  const [url] = await once(worker, 'message');
  return {
    url,
    async report() {
      worker.postMessage('report');
      const [report] = await once(worker, 'message');
      return report;
    },
    close: () => worker.terminate(),
  };
}

if (parentPort) {
  const { factor, origin, ...options } = workerData as FakeThreadOptions;
  const { now } = fastClock(factor, origin);
  const fake = await startFakeEcs({ now, ...options });
  const count = (calls: typeof fake.calls): Calls => ({
    made: calls.length,
    throttled: calls.filter(({ refused }) => refused === 'ThrottlingException').length,
  });
  parentPort.on('message', () => {
    const { user, system } = process.threadCpuUsage();
    const madeAt = [...fake.state.services.values()].map(({ service }) => service.createdAt?.getTime() ?? 0);
    const report: FakeReport = {
      calls: count(fake.calls),
      registrations: count(fake.calls.filter(({ operation }) => operation === 'RegisterTaskDefinition')),
      lastAt: Math.max(0, ...madeAt),
      processorMs: (user + system) / 1000,
    };
    parentPort?.postMessage(report);
  });
  parentPort.postMessage(fake.url);
}
