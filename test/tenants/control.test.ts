import { describe, expect, test } from 'vitest';
import { resourceName } from '../../src/providers/memory/mapping.ts';
import { restartId } from '../../src/tenants/model/ids.ts';
import type { MutationResult } from '../../src/tenants/tenants.ts';
import { inSimulation, refusal } from './reconcile/trial.ts';
import { specOf } from './simulation/programs/specs.ts';

const me = { actor: 'alice' };
const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });
const slow = specOf('acme', { number: 3, inProgressMs: 60_000 });
const resource = resourceName('memory', 'acme');

function operationOf(result: MutationResult) {
  if (result.kind !== 'operation') throw new Error(`no operation began: ${result.kind}`);
  return result.operation;
}

describe('a stop', () => {
  test(
    'keeps the revision, the endpoints and the history, and leaves nothing to do',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, me);
      const before = await tenants.get('acme');
      expect(operationOf(await tenants.stop('acme', me))).toMatchObject({ type: 'stop', state: 'succeeded' });
      const { phase, desired, serving, endpoints, next_at, conditions } = await tenants.get('acme');
      expect({ phase, desired, endpoints, next_at }).toEqual({
        phase: 'stopped',
        desired: before.desired,
        endpoints: before.endpoints,
        next_at: undefined,
      });
      expect(serving).toEqual(before.serving);
      expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: false, reason: 'Stopped' });
      expect(conditions.find(({ type }) => type === 'Degraded')).toMatchObject({ status: false });
      expect(simulation.records.get(resource)?.stopped).toBeDefined();
      expect(await tenants.status('acme', {})).toMatchObject({ state: 'stopped' });
    }),
  );

  test(
    'of a stopped tenant changes nothing, and of a missing one is refused',
    inSimulation(async ({ tenants }) => {
      expect(await refusal(tenants.stop('acme', me))).toBe('tenant_not_found');
      await tenants.provision(first, me);
      await tenants.stop('acme', me);
      expect((await tenants.stop('acme', me)).kind).toBe('unchanged');
      expect(await refusal(tenants.restart('acme', me))).toBe('tenant_stopped');
    }),
  );

  test(
    'takes the place of a running update, whose revision comes up at the start',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      const update = operationOf(await tenants.update(slow, me));
      await tenants.stop('acme', me);
      expect(await tenants.operation(update.operation_id)).toMatchObject({
        state: 'cancelled',
        error: { message: 'operation cancelled: a stop took its place' },
      });
      expect(operationOf(await tenants.start('acme', me)).revision).toBe(2);
      expect((await tenants.get('acme')).desired.spec).toEqual(slow);
    }),
  );
});

describe('a stopped tenant', () => {
  test(
    'takes an update and a rollback at once, without a call of the provider, and starts with the latest',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, me);
      await tenants.stop('acme', me);
      const calls = simulation.calls.length;
      const update = operationOf(await tenants.update(second, me));
      expect(update).toMatchObject({ state: 'succeeded', message: expect.stringContaining('is stopped'), revision: 2 });
      expect(operationOf(await tenants.rollback('acme', 1, me))).toMatchObject({ state: 'succeeded', revision: 3 });
      const made = simulation.calls.slice(calls).filter(({ to, what }) => to === 'provider' && what !== 'validate');
      expect(made).toEqual([]);
      expect((await tenants.update(first, me)).kind).toBe('unchanged');
      expect(await tenants.get('acme')).toMatchObject({ phase: 'stopped', serving: { revision: 1 } });
      await tenants.update(second, me);
      expect(operationOf(await tenants.start('acme', me))).toMatchObject({ type: 'start', state: 'succeeded' });
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', serving: { revision: 4 } });
      expect(await tenants.status('acme', {})).toMatchObject({
        state: 'running',
        metadata: { spec_hash: (await tenants.get('acme')).desired.spec_hash },
      });
    }),
  );

  test(
    'is as an equal provision requests, and stays stopped; another one is refused',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      await tenants.stop('acme', me);
      expect((await tenants.provision(first, me)).kind).toBe('unchanged');
      expect(await refusal(tenants.provision(second, me))).toBe('tenant_exists');
      expect((await tenants.get('acme')).phase).toBe('stopped');
      await tenants.destroy('acme', me);
      expect((await tenants.get('acme')).phase).toBe('destroyed');
    }),
  );

  test(
    'is not brought back by an inventory, and is stopped again where something started it',
    inSimulation(async (host) => {
      const { tenants, simulation } = host;
      await tenants.provision(first, me);
      await tenants.stop('acme', me);
      const { stopped: _, ...running } = simulation.records.get(resource) ?? { labels: {} };
      await Array.fromAsync(host.inventory.walk('memory'));
      expect((await tenants.get('acme')).operation.type).toBe('stop');
      simulation.records.set(resource, running);
      await Array.fromAsync(host.inventory.walk('memory'));
      expect(await tenants.get('acme')).toMatchObject({
        phase: 'stopped',
        operation: { type: 'stop', actor: 'berth:inventory', state: 'succeeded' },
      });
      expect(simulation.records.get(resource)?.stopped).toBeDefined();
    }),
  );
});

describe('a start', () => {
  test(
    'of a ready tenant changes nothing, and joins an operation that brings the tenant up',
    inSimulation(async ({ tenants }) => {
      const provision = operationOf(await tenants.provision(slow, me));
      expect(operationOf(await tenants.start('acme', me)).operation_id).toBe(provision.operation_id);
      await tenants.destroy('acme', me);
      await tenants.provision(first, me);
      expect((await tenants.start('acme', me)).kind).toBe('unchanged');
    }),
  );
});

describe('a restart', () => {
  test(
    'replaces what serves, without a new revision',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, me);
      const operation = operationOf(await tenants.restart('acme', me));
      expect(operation).toMatchObject({ type: 'restart', state: 'succeeded', revision: 1, result: { changes: [] } });
      expect(simulation.records.get(resource)?.rollout?.restart).toBe(restartId(operation));
      expect((await tenants.get('acme')).desired.revision).toBe(1);
    }),
  );

  test(
    'is refused where the desired revision does not serve',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      await tenants.update(specOf('acme', { number: 2, faults: { update: 'failed' } }), me);
      expect(await refusal(tenants.restart('acme', me))).toBe('tenant_not_serving');
    }),
  );
});
