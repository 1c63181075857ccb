import { describe, expect, test } from 'vitest';
import type { Answered } from '../../src/tenants/decide/mutation-result.ts';
import { REDACTED, redactEnv } from '../../src/tenants/decide/redaction.ts';
import { failing, inSimulation, refusal } from './reconcile/trial.ts';
import { CANARY, specOf } from './simulation/programs/specs.ts';

const me = { actor: 'alice' };
const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });
const third = specOf('acme', { number: 3 });

describe('a provision', () => {
  test(
    'of an equal specification changes nothing, and of another one is refused',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, me);
      const requests = simulation.calls.length;
      expect(await tenants.provision(first, { actor: 'bob' })).toMatchObject({ kind: 'unchanged' });
      expect(simulation.calls.slice(requests).map(({ what }) => what)).toEqual(['get', 'validate']);
      expect(await refusal(tenants.provision(second, me))).toBe('tenant_exists');
    }),
  );

  test(
    'that the provider refuses is not recorded',
    inSimulation(async ({ tenants, simulation }) => {
      const wrong = { ...first, provider_config: { unknown: true } };
      expect(await refusal(tenants.provision(wrong, me))).toBe('invalid_spec');
      expect(await refusal(tenants.provision({ ...first, provider_type: 'unknown' }, me))).toBe('provider_not_found');
      expect([...simulation.items.values()].filter(({ pk }) => pk !== 'meta')).toEqual([]);
    }),
  );

  test(
    'of an equal specification joins the running one, and a provision of another one is refused',
    inSimulation(async ({ tenants }) => {
      const slow = specOf('acme', { number: 1, inProgressMs: 60_000 });
      const begun = await tenants.provision(slow, me);
      const joined = await tenants.provision(slow, { actor: 'bob' });
      if (begun.kind !== 'operation' || joined.kind !== 'operation') throw new Error('both are operations');
      expect(joined.operation.operation_id).toBe(begun.operation.operation_id);
      expect(await refusal(tenants.provision(first, me))).toBe('operation_in_progress');
    }),
  );

  test(
    'after a destroy begins a new life, without the history of the old one',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      await tenants.update(second, me);
      const old = await tenants.get('acme');
      await tenants.destroy('acme', me);
      await tenants.provision(first, me);
      const tenant = await tenants.get('acme');
      expect(tenant.incarnation > old.incarnation).toBe(true);
      expect(tenant.desired.revision).toBe(3);
      expect(await tenants.revisions('acme')).toEqual([{ ...tenant.desired, outcome: 'serving' }]);
      expect(await tenants.operations('acme')).toEqual([tenant.operation]);
      expect(await refusal(tenants.rollback('acme', 1, me))).toBe('revision_not_found');
      expect(await refusal(tenants.update(third, { ...me, ifMatch: 2 }))).toBe('revision_conflict');
      expect(await tenants.operation(old.operation.operation_id)).toMatchObject({ type: 'update', state: 'succeeded' });
    }),
  );
});

describe('an update', () => {
  test(
    'of an unknown tenant is refused',
    inSimulation(async ({ tenants }) => {
      expect(await refusal(tenants.update(first, me))).toBe('tenant_not_found');
      await tenants.provision(first, me);
      await tenants.destroy('acme', me);
      expect(await refusal(tenants.update(first, me))).toBe('tenant_not_found');
    }),
  );

  test(
    'cannot move a tenant to another provider',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      expect(await refusal(tenants.update(specOf('acme', { number: 1, provider: 'spare' }), me))).toBe('invalid_spec');
    }),
  );

  test(
    'returns what it changed, and so does its operation',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      const outcome = await tenants.update(second, me);
      if (outcome.kind !== 'operation') throw new Error('an operation');
      const changes = ['/containers/web/image', '/containers/worker/image'];
      expect(outcome.operation.result).toMatchObject({ status: 'success', changes });
      expect((await tenants.operation(outcome.operation.operation_id)).result).toEqual(outcome.operation.result);
    }),
  );

  test(
    'keeps env values that were redacted',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, me);
      const shown = redactEnv((await tenants.get('acme')).desired.spec);
      expect(JSON.stringify(shown)).not.toContain(CANARY);
      await tenants.update({ ...shown, resources: { cpu: 512, memory: 256 } }, me);
      const { desired } = await tenants.get('acme');
      expect(desired.spec.containers[0]?.env).toEqual({ TOKEN: CANARY });
      expect(desired.changed).toEqual(['/resources/cpu']);
      expect(JSON.stringify(simulation.records.get('memory/acme')?.rollout)).toContain(CANARY);
    }),
  );

  test(
    'with a placeholder without a value is refused, and so is a provision',
    inSimulation(async ({ tenants }) => {
      const [web, worker] = first.containers;
      if (!web || !worker) throw new Error('two containers');
      const blank = { ...first, containers: [web, { ...worker, env: { NEW: REDACTED } }] };
      expect(await refusal(tenants.provision(blank, me))).toBe('invalid_spec');
      await tenants.provision(first, me);
      expect(await refusal(tenants.update(blank, me))).toBe('invalid_spec');
    }),
  );

  test(
    'that is based on another revision is refused',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      await tenants.update(second, { ...me, ifMatch: 1 });
      expect(await refusal(tenants.update(third, { ...me, ifMatch: 1 }))).toBe('revision_conflict');
      expect(await refusal(tenants.rollback('acme', 1, { ...me, ifMatch: 1 }))).toBe('revision_conflict');
      expect(await refusal(tenants.destroy('acme', { ...me, ifMatch: 1 }))).toBe('revision_conflict');
      expect(await tenants.rollback('acme', 1, { ...me, ifMatch: 2 })).toMatchObject({ kind: 'operation' });
    }),
  );

  test(
    'goes on where its write was made and the answer was lost',
    inSimulation(
      async ({ tenants, simulation }) => {
        await tenants.provision(first, me);
        expect(await tenants.update(second, me)).toMatchObject({ operation: { seq: 2, state: 'succeeded' } });
        expect(simulation.ledger.accepted.size).toBe(2);
      },
      { weather: failing('F50', ({ label }) => label === 'put tenant#acme', { after: 3 }) },
    ),
  );
});

describe('a rollback', () => {
  test(
    'makes a new revision with the specification of an earlier one',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, { actor: 'alice' });
      await tenants.update(second, { actor: 'bob' });
      await tenants.rollback('acme', 1, { actor: 'carol' });
      const { desired, phase } = await tenants.get('acme');
      expect(phase).toBe('ready');
      expect(desired).toMatchObject({ revision: 3, rollback_of: 1, spec: first, actor: 'carol' });
      expect((await tenants.revisions('acme')).map(({ revision, actor }) => [revision, actor])).toEqual([
        [3, 'carol'],
        [2, 'bob'],
        [1, 'alice'],
      ]);
    }),
  );

  test(
    'finds every revision among many',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(specOf('acme', { number: 100 }), me);
      for (let number = 101; number < 160; number += 1) await tenants.update(specOf('acme', { number }), me);
      for (const revision of [1, 25, 26, 27, 50, 51, 59]) {
        await tenants.rollback('acme', revision, me);
        const { spec } = (await tenants.get('acme')).desired;
        expect(spec, `revision ${revision}`).toEqual(specOf('acme', { number: 99 + revision }));
      }
      expect(await refusal(tenants.rollback('acme', 1_000, me))).toBe('revision_not_found');
    }),
  );

  test(
    'is refused without such a revision',
    inSimulation(async ({ tenants }) => {
      expect(await refusal(tenants.rollback('acme', 1, me))).toBe('tenant_not_found');
      await tenants.provision(first, me);
      expect(await refusal(tenants.rollback('acme', 2, me))).toBe('revision_not_found');
      expect(await refusal(tenants.rollback('acme', 0, me))).toBe('revision_not_found');
      await tenants.destroy('acme', me);
      expect(await refusal(tenants.rollback('acme', 1, me))).toBe('tenant_not_found');
    }),
  );
});

describe('a destroy', () => {
  test(
    'of an unknown tenant finds nothing, each time',
    inSimulation(async ({ tenants, simulation }) => {
      expect(await tenants.destroy('acme', me)).toEqual({ kind: 'none' });
      await tenants.provision(first, me);
      await tenants.destroy('acme', me);
      expect(await tenants.destroy('acme', me)).toEqual({ kind: 'none' });
      expect(simulation.records.size).toBe(0);
    }),
  );

  test(
    'that names another provider than that of the tenant is refused',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, me);
      expect(await refusal(tenants.destroy('acme', me, { provider: 'spare' }))).toBe('invalid_request');
      expect(simulation.records.size).toBe(1);
    }),
  );

  test(
    'leaves a tombstone that can be read for 30 days',
    inSimulation(async ({ tenants, sleep }) => {
      await tenants.provision(first, me);
      await tenants.destroy('acme', me);
      expect(await tenants.get('acme')).toMatchObject({
        phase: 'destroyed',
        destroyed_at: expect.any(String),
        endpoints: [],
      });
      expect(await refusal(tenants.status('acme', {}))).toBe('tenant_not_found');
      expect((await tenants.list({ limit: 10, caller: 'me' })).tenants).toEqual([]);
      await sleep(30 * 24 * 3600_000 + 2_000);
      expect(await refusal(tenants.get('acme'))).toBe('tenant_not_found');
      expect(await tenants.provision(first, me)).toMatchObject({
        tenant: { phase: 'ready', desired: { revision: 1 } },
      });
    }),
  );

  test(
    'of an unknown tenant, by a message, makes older requests stale',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.destroy('acme', { ...me, requestedAt: '2026-01-01T00:00:10.000Z' });
      const early = { ...me, requestedAt: '2026-01-01T00:00:05.000Z' };
      expect(await refusal(tenants.provision(first, early))).toBe('stale_request');
      expect(await refusal(tenants.get('acme'))).toBe('tenant_not_found');
      expect(simulation.calls.filter(({ to, what }) => to === 'provider' && what !== 'validate')).toEqual([]);
      const late = { ...me, requestedAt: '2026-01-01T00:00:15.000Z' };
      expect(await tenants.provision(first, late)).toMatchObject({
        tenant: { phase: 'ready', desired: { revision: 1 } },
      });
    }),
  );
});

test(
  'a hundred callers wait for an operation at a time, and others get its state at once',
  inSimulation(async ({ tenants, simulation, sleep }) => {
    const { operation } = (await tenants.provision(
      specOf('acme', { number: 1, inProgressMs: 60_000 }),
      me,
    )) as Answered;
    const read = () => tenants.operation(operation.operation_id, { waitMs: 20_000 });
    const waiting = Array.from({ length: 100 }, read);
    await sleep(1_000);
    const [before, calls] = [simulation.timeline.now, simulation.calls.length];
    expect(await read()).toMatchObject({ state: 'running' });
    expect(simulation.timeline.now - before).toBeLessThan(100);
    expect(simulation.calls.length - calls).toBeLessThanOrEqual(100);
    await Promise.all(waiting);
    expect(simulation.timeline.now - before).toBeGreaterThan(15_000);
  }),
);
