import { describe, expect, test } from 'vitest';
import { UpdateFailedError } from '../../src/compute/errors.ts';
import { viewWaves } from '../../src/rollouts/model/waves.ts';
import { aContainer } from '../support/specs.ts';
import { aRollout, createFleet, tenantId } from './fleet.ts';

describe('a rollout to a good version', () => {
  test('updates all tenants, wave by wave, and names itself in their history', async () => {
    const fleet = await createFleet({ size: 12 });
    const { created, rollout } = await fleet.rollouts.start(aRollout('2'), fleet.caller);
    expect(created).toBe(true);
    expect(viewWaves(rollout).map(({ name, tenants }) => [name, tenants])).toEqual([
      ['canary', 1],
      ['tenth', 1],
      ['rest', 10],
    ]);
    const ended = await fleet.settle('app');
    expect(ended).toMatchObject({ phase: 'succeeded', reason: '12 tenants updated', in_flight: [], outcomes: '12s' });
    expect(new Set(fleet.versions())).toEqual(new Set(['2']));
    const { operation, desired } = await fleet.tenants.get(tenantId(1));
    expect({ actor: desired.actor, rollout: operation.rollout }).toEqual({ actor: 'rollout:app', rollout: 'app' });
  });

  test('begins no second wave before the first one is healthy', async () => {
    const fleet = await createFleet({ size: 10 });
    const waves = [
      { size: '1', bake_seconds: 60, gate: 'auto' as const },
      { size: '100%', bake_seconds: 0, gate: 'auto' as const },
    ];
    await fleet.rollouts.start(aRollout('sick', { waves }), fleet.caller);
    const halted = await fleet.settle('app');
    expect(halted.phase).toBe('paused');
    expect(halted.reason).toContain('1 tenant failed, and none may: t-001 (unhealthy');
    expect(fleet.versions().filter((version) => version === 'sick')).toHaveLength(1);
  });
});

describe('a rollout to a version that does not come up', () => {
  test('harms one tenant, halts, and brings it back when it is undone', async () => {
    const fleet = await createFleet({ size: 30 });
    await fleet.rollouts.start(aRollout('bad'), fleet.caller);
    const halted = await fleet.settle('app');
    expect(halted).toMatchObject({ phase: 'paused', outcomes: '1f29p' });
    expect(halted.failures).toEqual([
      { tenant_id: 't-001', wave: 'canary', detail: 'update failed: t-001 does not come up' },
    ]);
    await fleet.rollouts.control('app', 'undo', fleet.caller);
    const undone = await fleet.settle('app');
    expect(undone).toMatchObject({ phase: 'undone', outcomes: '1d29k' });
    const { desired, phase } = await fleet.tenants.get('t-001');
    expect({ phase, image: desired.spec.containers[0]?.image, from: desired.rollback_of }).toEqual({
      phase: 'ready',
      image: 'app:1',
      from: 1,
    });
    expect(new Set(fleet.versions())).toEqual(new Set(['1']));
  });

  test('asks again for a tenant that could not be brought back, when it is undone again', async () => {
    const fleet = await createFleet({ size: 3 });
    const { provider } = fleet;
    await fleet.rollouts.start(aRollout('bad'), fleet.caller);
    await fleet.settle('app');
    const update = provider.update.bind(provider);
    provider.update = async (id) => {
      throw new UpdateFailedError(`${id} has no room`);
    };
    await fleet.rollouts.control('app', 'undo', fleet.caller);
    const halted = await fleet.settle('app');
    expect(halted).toMatchObject({ phase: 'paused', reason: expect.stringContaining('1 tenant could not be brought') });
    expect(halted.failures.map(({ detail }) => detail)).toEqual([expect.stringContaining('t-001 has no room')]);
    provider.update = update;
    await fleet.rollouts.control('app', 'undo', fleet.caller);
    expect(await fleet.settle('app')).toMatchObject({ phase: 'undone' });
    expect(await fleet.tenants.get('t-001')).toMatchObject({ phase: 'ready', desired: { rollback_of: 1 } });
    expect(new Set(fleet.versions())).toEqual(new Set(['1']));
  });

  test('undoes itself where it was told to', async () => {
    const fleet = await createFleet({ size: 5 });
    await fleet.rollouts.start(aRollout('bad', { on_failure: 'undo', failure_budget: 1 }), fleet.caller);
    const undone = await fleet.settle('app');
    expect(undone.phase).toBe('undone');
    expect(new Set(fleet.versions())).toEqual(new Set(['1']));
  });
});

describe('commands', () => {
  test('pause holds and resume goes on', async () => {
    const fleet = await createFleet({ size: 4 });
    await fleet.rollouts.start(aRollout('2'), fleet.caller);
    await fleet.rollouts.control('app', 'pause', fleet.caller);
    expect(await fleet.settle('app')).toMatchObject({ phase: 'paused', outcomes: '4p' });
    await fleet.rollouts.control('app', 'resume', fleet.caller);
    expect(await fleet.settle('app')).toMatchObject({ phase: 'succeeded' });
  });

  test('a wave with the gate approval waits for one', async () => {
    const fleet = await createFleet({ size: 4 });
    const waves = [
      { name: 'one', size: '1', bake_seconds: 600, gate: 'auto' as const },
      { name: 'all', size: '100%', bake_seconds: 0, gate: 'approval' as const },
    ];
    await fleet.rollouts.start(aRollout('2', { waves }), fleet.caller);
    expect(await fleet.settle('app')).toMatchObject({ phase: 'waiting', reason: 'wave all waits for an approval' });
    expect(fleet.clock.now()).toBeGreaterThan(Date.parse('2026-01-01T00:10:00Z'));
    await fleet.rollouts.control('app', 'approve', fleet.caller);
    expect(await fleet.settle('app')).toMatchObject({ phase: 'succeeded', outcomes: '4s' });
  });

  test('a failed tenant that is skipped counts no more', async () => {
    const fleet = await createFleet({ size: 4 });
    await fleet.rollouts.start(aRollout('bad'), fleet.caller);
    await fleet.settle('app');
    await expect(fleet.rollouts.control('app', 'approve', fleet.caller)).rejects.toMatchObject({
      code: 'rollout_conflict',
      hint: 'Possible now: resume, undo, abort.',
    });
    const skipped = await fleet.rollouts.skip('app', 't-001', fleet.caller);
    expect(skipped).toMatchObject({ outcomes: '1k3p', failures: [] });
    await fleet.rollouts.skip('app', 't-004', fleet.caller);
    await fleet.rollouts.control('app', 'abort', fleet.caller);
    expect(await fleet.settle('app')).toMatchObject({ phase: 'aborted', outcomes: '4k' });
    const { tenants } = await fleet.rollouts.tenantsOf('app', { limit: 10, caller: 'operator' });
    expect(tenants.map(({ detail }) => detail)).toEqual([
      'skipped by operator',
      'the rollout was aborted before its turn',
      'the rollout was aborted before its turn',
      'skipped by operator',
    ]);
  });
});

describe('tenants that others change', () => {
  test('are skipped, with the reason', async () => {
    const fleet = await createFleet({ size: 5 });
    await fleet.rollouts.start(
      aRollout('2', {
        waves: [
          { size: '1', bake_seconds: 0, gate: 'auto' },
          { size: '100%', bake_seconds: 0, gate: 'approval' },
        ],
      }),
      fleet.caller,
    );
    await fleet.settle('app');
    const { desired } = await fleet.tenants.get('t-002');
    await fleet.tenants.update({ ...desired.spec, labels: { plan: 'pro', by: 'hand' } }, fleet.caller);
    await fleet.tenants.destroy('t-003', fleet.caller);
    await fleet.rollouts.control('app', 'approve', fleet.caller);
    expect(await fleet.settle('app')).toMatchObject({ phase: 'succeeded', outcomes: '1s2k2s' });
    const { tenants } = await fleet.rollouts.tenantsOf('app', { outcome: 'skipped', limit: 10, caller: 'operator' });
    expect(tenants.map(({ tenant_id, detail }) => [tenant_id, detail])).toEqual([
      ['t-002', 'changed by another meanwhile (revision 2 by operator)'],
      ['t-003', 'the tenant was destroyed'],
    ]);
  });

  test('are left as they are by an undo', async () => {
    const fleet = await createFleet({ size: 3 });
    await fleet.rollouts.start(aRollout('2'), fleet.caller);
    await fleet.settle('app');
    const { desired } = await fleet.tenants.get('t-002');
    await fleet.tenants.update({ ...desired.spec, labels: { plan: 'free' } }, fleet.caller);
    await fleet.rollouts.control('app', 'undo', fleet.caller);
    expect(await fleet.settle('app')).toMatchObject({ phase: 'undone', outcomes: '1d1k1d' });
    expect(fleet.versions()).toEqual(['1', '2', '1']);
  });
});

describe('a plan', () => {
  test('says what changes for whom, who is skipped and who refuses, and its token holds while nothing moves', async () => {
    const fleet = await createFleet({ size: 4 });
    const { desired } = await fleet.tenants.get('t-004');
    await fleet.tenants.update({ ...desired.spec, containers: [aContainer({ image: 'app:2' })] }, fleet.caller);
    const { token, ...plan } = await fleet.rollouts.plan(aRollout('2'));
    expect(plan).toMatchObject({
      tenants: 4,
      unchanged: 1,
      waves: [{ tenants: 1 }, { tenants: 0 }, { tenants: 3 }],
      changes: [{ pointer: '/containers/web/image', effect: 'replace', tenants: 3 }],
      refused: [],
    });
    const { desired: moved } = await fleet.tenants.get('t-002');
    await fleet.tenants.update({ ...moved.spec, labels: { plan: 'pro', by: 'hand' } }, fleet.caller);
    const late = fleet.rollouts.start({ ...aRollout('2'), token }, fleet.caller);
    await expect(late).rejects.toMatchObject({ code: 'selection_changed' });
    const { token: fresh } = await fleet.rollouts.plan(aRollout('2'));
    const other = fleet.rollouts.start({ ...aRollout('3'), token: fresh }, fleet.caller);
    await expect(other).rejects.toMatchObject({ code: 'selection_changed' });
    expect(await fleet.rollouts.start({ ...aRollout('2'), token: fresh }, fleet.caller)).toMatchObject({
      created: true,
    });
    expect(await fleet.rollouts.start(aRollout('2'), fleet.caller)).toMatchObject({ created: false });
    const taken = fleet.rollouts.start(aRollout('2', { failure_budget: 1 }), fleet.caller);
    await expect(taken).rejects.toMatchObject({ code: 'rollout_exists' });
    expect(await fleet.settle('app')).toMatchObject({ phase: 'succeeded', outcomes: '3s1k' });
  });

  test('of a change that makes specifications invalid names each, and its rollout does not start', async () => {
    const fleet = await createFleet({ size: 3 });
    const request = { ...aRollout('2'), change: { resources: { cpu: 1 } } };
    const { refused } = await fleet.rollouts.plan(request);
    expect(refused.map(({ tenant_id, code }) => `${tenant_id} ${code}`)).toEqual([
      't-001 invalid_spec',
      't-002 invalid_spec',
      't-003 invalid_spec',
    ]);
    await expect(fleet.rollouts.start(request, fleet.caller)).rejects.toMatchObject({ code: 'invalid_request' });
    const nothing = { ...aRollout('2'), select: { labels: { plan: 'none' } } };
    await expect(fleet.rollouts.plan(nothing)).rejects.toMatchObject({ code: 'invalid_request' });
    const unknown = { ...aRollout('2'), select: { tenant_ids: ['t-001', 'ghost'] } };
    await expect(fleet.rollouts.plan(unknown)).rejects.toThrow('1 of the tenant_ids are no tenants: ghost');
  });
});

test('of two rollouts over the same tenants, each tenant is changed by one', async () => {
  const fleet = await createFleet({ size: 6 });
  await fleet.rollouts.start(aRollout('2', { rollout_id: 'one', max_in_flight: 2 }), fleet.caller);
  await fleet.rollouts.start(aRollout('3', { rollout_id: 'two', max_in_flight: 2 }), fleet.caller);
  const both = await Promise.all([fleet.settle('one'), fleet.settle('two')]);
  expect(both.map(({ phase }) => phase)).toEqual(['succeeded', 'succeeded']);
  for (const id of fleet.specs.keys()) expect((await fleet.tenants.get(id)).desired.revision).toBe(2);
  const outcomes = [...(await fleet.outcomes('one')), ...(await fleet.outcomes('two'))].sort();
  expect(outcomes).toEqual([...fleet.specs.keys()].sort().flatMap((id) => [`${id} skipped`, `${id} succeeded`]));
});
