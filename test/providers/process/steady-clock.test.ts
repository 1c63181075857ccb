import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { openSteadyClock } from '../../../src/providers/process/steady-clock.ts';
import { ask, it, specOf, web } from './lab.ts';

const HOUR = 3_600_000;

/** Sets the clock of the system, as this process sees it. Timers go on as they are. */
function step(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe.each([
  ['back', -HOUR],
  ['forward', HOUR],
])('a clock that is set an hour %s', (_, distance) => {
  it('neither puts off a restart nor shows a wrong time for it', async ({ lab }) => {
    const provider = lab.provider({ restart_delay_seconds: 0.3 });
    await provider.start?.();
    await provider.provision(specOf([web()]));
    step(distance);
    await ask(provider, '/exit').catch(() => undefined);
    const message = async () => (await provider.getStatus('acme')).containers[0]?.message ?? '';
    await expect.poll(message, { interval: 10 }).toMatch(/restarts at/);
    const shown = Date.parse(/restarts at (\S+)/.exec(await message())?.[1] ?? new Date().toISOString());
    expect(Math.abs(shown - Date.now())).toBeLessThan(HOUR / 2);
    await expect.poll(async () => (await provider.getStatus('acme')).health, { timeout: 20_000 }).toBe('healthy');
  });

  it('leaves a process its grace period, and ends one that ignores the signal after it', async ({ lab }) => {
    const provider = lab.provider({ stop_grace_seconds: 20 });
    const file = join(lab.dir, 'ended');
    const slow = `trap 'sleep 0.5; echo by itself > ${file}; exit 0' TERM; while :; do sleep 0.05; done`;
    await provider.provision(specOf([{ name: 'slow', command: ['sh', '-c', slow] }]));
    const destroyed = provider.destroy('acme');
    await expect.poll(async () => (await lab.record()).stopping[0]?.term_at, { interval: 10 }).toBeDefined();
    step(distance);
    await destroyed;
    expect(readFileSync(file, 'utf8')).toBe('by itself\n');

    const impatient = lab.provider({ stop_grace_seconds: 1 });
    await impatient.provision(
      specOf([{ name: 'deaf', command: ['sh', '-c', "trap '' TERM; while :; do sleep 0.05; done"] }]),
    );
    const ended = impatient.destroy('acme');
    await expect.poll(async () => (await lab.record()).stopping[0]?.term_at, { interval: 10 }).toBeDefined();
    step(distance);
    await ended;
    expect(await lab.processesOf()).toEqual([]);
  });
});

describe('the steady clock', () => {
  it('is the same for all that open it, and is noted anew where its file is damaged or of another boot', async ({
    lab,
  }) => {
    const file = join(lab.dir, 'clock');
    const first = openSteadyClock(file);
    const early = first.now();
    step(HOUR);
    expect(openSteadyClock(file).now() - early).toBeLessThan(HOUR / 2);
    expect(Math.abs(first.toDate(first.now()).getTime() - Date.now())).toBeLessThan(1000);
    for (const text of ['', '{"boot":"another","offset":1}', '{"offset":"x"}']) {
      writeFileSync(file, text);
      expect(Math.abs(openSteadyClock(file).now() - Date.now())).toBeLessThan(HOUR / 2);
      expect(readFileSync(file, 'utf8')).not.toBe(text);
    }
  });

  it('takes times of a record that lie in the future for now', async ({ lab }) => {
    const first = lab.provider();
    await first.provision(specOf([web()]));
    await first.close?.();
    const record = await lab.record();
    for (const { run } of record.instances) if (run) run.spawned_at += HOUR;
    const [instance] = record.instances;
    const { run } = instance ?? {};
    if (instance && run) {
      record.stopping.push({
        instance_id: 'gone',
        run: { ...run, run_id: 'gone', pid: 2 ** 22 + 1 },
        ports: [],
        grace_ms: 100,
        term_at: run.spawned_at,
      });
    }
    record.begun_at += HOUR;
    writeFileSync(lab.recordFile(), JSON.stringify(record));
    const next = lab.provider();
    await next.start?.();
    await expect.poll(async () => (await lab.record()).stopping).toEqual([]);
    await expect.poll(async () => (await next.getStatus('acme')).health).toBe('healthy');
    await next.destroy('acme');
  });
});
