import { describe, expect, test } from 'vitest';
import { Sweeper } from '../../../src/tenants/sweep/sweeper.ts';
import { failing, inSimulation } from '../reconcile/trial.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };

describe('a sweep', () => {
  test(
    'makes one query where nothing is due',
    inSimulation(async ({ sweeper, tenants, simulation }) => {
      await tenants.provision(specOf('acme', { number: 1 }), me);
      const requests = simulation.calls.length;
      expect(await sweeper.sweep()).toBe(0);
      expect(simulation.calls.slice(requests).map(({ label }) => label)).toEqual(['query index work']);
    }),
  );

  test(
    'is not held up by any number of damaged items before the others, and reports each once',
    inSimulation(async ({ sweeper, tenants, simulation, sleep, logger, another }) => {
      for (let number = 0; number < 200; number += 1) {
        const id = `bad-${number}`;
        simulation.items.set(`tenant#${id}\n${id}`, {
          pk: `tenant#${id}`,
          sk: id,
          data: '{"tenant_id":"bad',
          work: 'work',
          work_at: '2025-12-31T00:00:00.000Z',
        });
      }
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 5_000 }), me);
      for (let second = 0; second < 20; second += 1) {
        await sleep(1_000);
        await sweeper.sweep({ waitMs: 0 });
      }
      expect(await another().tenants.get('acme')).toMatchObject({ phase: 'ready' });
      const reports = logger.entries.filter(({ message }) => message === 'tenant skipped: its item is not readable');
      expect(reports).toHaveLength(200);
      expect(sweeper.skipped).toBe(200);
    }),
  );

  test(
    'takes up a tenant again that was unreadable and was mended',
    inSimulation(async ({ sweeper, tenants, simulation, sleep }) => {
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 5_000 }), me);
      const place = 'tenant#acme\nacme';
      const item = simulation.items.get(place);
      if (!item) throw new Error('no tenant');
      simulation.items.set(place, { ...item, data: '' });
      for (let minute = 0; minute < 10; minute += 1) {
        await sleep(60_000);
        await sweeper.sweep({ waitMs: 0 });
      }
      simulation.items.set(place, item);
      await sleep(300_000);
      await sweeper.sweep({ waitMs: 0 });
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
      expect(sweeper.skipped).toBe(0);
    }),
  );

  test(
    'finishes the work that a crash left',
    inSimulation(
      async ({ tenants, another, sleep }) => {
        void tenants.provision(specOf('acme', { number: 1 }), me);
        await sleep(20_000);
        const { sweeper, tenants: read } = another();
        expect(await read.get('acme')).toMatchObject({ phase: 'provisioning' });
        expect(await sweeper.sweep()).toBe(1);
        const tenant = await read.get('acme');
        expect(tenant.phase).toBe('ready');
        expect(tenant).not.toHaveProperty('lease');
      },
      { crashes: [{ at: 3, when: 'after', grace: 0 }] },
    ),
  );

  test(
    'works on as many tenants at a time as it is told to',
    inSimulation(async ({ logger, tenants, process, another, simulation, sleep }) => {
      for (let number = 0; number < 20; number += 1) {
        void tenants.provision(specOf(`tenant-${number}`, { number: 1, inProgressMs: 1_000 }), me);
      }
      while (simulation.ledger.accepted.size < 20) await sleep(1);
      process.kill();
      await sleep(30_000);
      const other = another();
      const sweeper = new Sweeper({ ...other, logger, concurrency: 8 });
      expect(await sweeper.sweep()).toBe(8);
      expect(await sweeper.sweep()).toBe(8);
      expect(await sweeper.sweep()).toBe(4);
      expect(await sweeper.sweep()).toBe(0);
      const { tenants: all } = await other.tenants.list({ limit: 100, caller: 'me', phase: 'ready' });
      expect(all).toHaveLength(20);
    }),
  );

  test(
    'that overlaps another one reconciles each tenant once, in any process',
    inSimulation(async ({ tenants, sweeper, another, simulation, sleep }) => {
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 8_000 }), me);
      await sleep(1_000);
      const { fence } = await tenants.get('acme');
      const other = another();
      await Promise.all([sweeper.sweep(), sweeper.sweep(), other.sweeper.sweep(), other.sweeper.sweep()]);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', fence: fence + 1 });
      expect(simulation.calls.filter(({ what }) => what === 'provision')).toHaveLength(1);
    }),
  );

  test(
    'continues with the others where one tenant cannot be read',
    inSimulation(
      async ({ tenants, sweeper, sleep, logger }) => {
        for (const id of ['acme', 'globex', 'initech']) {
          await tenants.provision(specOf(id, { number: 1, inProgressMs: 5_000 }), me);
        }
        await sleep(6_000);
        expect(await sweeper.sweep()).toBe(3);
        const all = await Promise.all(['acme', 'globex', 'initech'].map((id) => tenants.get(id)));
        expect(all.map(({ phase }) => phase).sort()).toEqual(['provisioning', 'ready', 'ready']);
        expect(logger.entries.find(({ message }) => message === 'reconciliation failed')).toMatchObject({
          level: 'error',
        });
      },
      { weather: failing('F51', ({ what }) => what === 'get', { after: 3 }) },
    ),
  );

  test(
    'has work while a tenant is due in time, and none once all are at rest',
    inSimulation(async ({ tenants, sweeper, simulation, sleep }) => {
      const hasWorkWithin = (ms: number) => sweeper.hasWork(simulation.timeline.now + ms);
      expect(await hasWorkWithin(60_000)).toBe(false);
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 5_000 }), me);
      expect(await hasWorkWithin(60_000)).toBe(true);
      expect(await hasWorkWithin(-60_000)).toBe(false);
      await sleep(6_000);
      await sweeper.sweep();
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
      expect(await hasWorkWithin(60_000)).toBe(false);
    }),
  );

  test(
    'starts with the longest due',
    inSimulation(async ({ tenants, announced, another, logger, sleep }) => {
      for (const id of ['zeta', 'beta', 'acme']) {
        await tenants.provision(specOf(id, { number: 1, inProgressMs: 1_000 }), me);
        await sleep(50);
      }
      await sleep(5_000);
      const sweeper = new Sweeper({ ...another(), logger, concurrency: 1 });
      for (let sweeps = 0; sweeps < 3; sweeps += 1) await sweeper.sweep();
      const order = (await announced()).map(({ operation_id }) => operation_id?.split('.')[0]);
      expect(order).toEqual(['zeta', 'beta', 'acme']);
    }),
  );

  test(
    'ends at its signal, and leaves unfinished work to the next one',
    inSimulation(async ({ tenants, sweeper, sleep }) => {
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 60_000 }), me);
      await sleep(1_000);
      const stop = new AbortController();
      const sweeping = sweeper.sweep({ signal: stop.signal, waitMs: 120_000 });
      await sleep(5_000);
      stop.abort();
      await sweeping;
      const tenant = await tenants.get('acme');
      expect(tenant.phase).toBe('provisioning');
      expect(tenant).not.toHaveProperty('lease');
    }),
  );
});
