import { describe, expect, test } from 'vitest';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import type { MutationResult } from '../../../src/tenants/tenants.ts';
import type { Simulation } from '../simulation/environment/simulation.ts';
import { specOf } from '../simulation/programs/specs.ts';
import { failing, inSimulation, refusal } from './trial.ts';

const me = { actor: 'alice' };
const HOUR = 3_600_000;
const first = specOf('acme', { number: 1 });
const next = specOf('acme', { number: 2, approvalMs: 8 * HOUR });

function idOf(result: MutationResult): string {
  if (result.kind !== 'operation') throw new Error(`${result.kind}, not an operation`);
  return result.operation.operation_id;
}

function serving(simulation: Simulation) {
  const { serving } = observe(simulation.records.get('memory/acme'), simulation.timeline.now);
  return serving && specHash(serving);
}

const conditionsOf = ({ conditions }: { conditions: { type: string; reason?: string; status: boolean }[] }) =>
  conditions.filter(({ type }) => type === 'Waiting').map(({ reason, status }) => ({ reason, status }));

describe('a version that waits for approval', () => {
  test(
    'waits as long as the provider lets it, past the deadline of other operations, and goes on when it gets one',
    inSimulation(async ({ tenants, simulation, sweepFor, sleep, announced }) => {
      await tenants.provision(first, me);
      const id = idOf(await tenants.update(next, me));
      for (let hour = 0; hour < 7; hour += 1) {
        await sweepFor(5);
        await sleep(HOUR);
      }
      await sweepFor(60);
      const held = await tenants.get('acme');
      expect(held).toMatchObject({
        phase: 'updating',
        operation: { state: 'running', gate: { id: expect.any(String) } },
      });
      expect(conditionsOf(held)).toEqual([{ reason: 'Approval', status: true }]);
      expect(serving(simulation)).toBe(specHash(first));
      await tenants.approve(id, { actor: 'bob' });
      await tenants.approve(id, { actor: 'bob' });
      await sweepFor(30);
      const after = await tenants.get('acme');
      expect(after).toMatchObject({ phase: 'ready', operation: { state: 'succeeded', approvals: [{ by: 'bob' }] } });
      expect(after.operation.approvals).toHaveLength(1);
      expect(conditionsOf(after)).toEqual([]);
      expect(serving(simulation)).toBe(specHash(next));
      expect(await refusal(tenants.approve(id, { actor: 'carol' }))).toBe('nothing_to_approve');
      await announced();
      expect(simulation.announced.at(-1)?.detail.data).toMatchObject({
        approvals: [{ by: 'bob', at: expect.any(String) }],
      });
    }),
  );

  test(
    'that gets none in time fails with that reason, and the version before serves',
    inSimulation(async ({ tenants, simulation, sweepFor, sleep }) => {
      await tenants.provision(first, me);
      const id = idOf(await tenants.update(next, me));
      await sweepFor(5);
      await sleep(9 * HOUR);
      await sweepFor(60);
      expect(await tenants.get('acme')).toMatchObject({
        operation: {
          state: 'failed',
          error: {
            code: 'update_failed',
            message: expect.stringContaining('the new version was not approved in time'),
          },
        },
      });
      expect(serving(simulation)).toBe(specHash(first));
      expect(await refusal(tenants.approve(id, me))).toBe('nothing_to_approve');
    }),
  );

  test(
    'and is cancelled leaves the version before, and the approval has nothing left to approve',
    inSimulation(async ({ tenants, simulation, sweepFor }) => {
      await tenants.provision(first, me);
      const id = idOf(await tenants.update(next, me));
      await sweepFor(5);
      await tenants.cancel(id, me);
      await sweepFor(5);
      const after = await tenants.get('acme');
      expect(after).toMatchObject({ phase: 'ready', operation: { type: 'rollback', state: 'succeeded' } });
      expect(conditionsOf(after)).toEqual([]);
      expect(serving(simulation)).toBe(specHash(first));
      expect(await refusal(tenants.approve(id, me))).toBe('nothing_to_approve');
    }),
  );
});

describe('an approval', () => {
  test.each([
    ['where the provider is not reachable', 'F20', 'before'],
    ['where the answer of the provider is lost', 'F22', 'after'],
  ])('on record is passed on again %s', (_when, fault, effect) =>
    inSimulation(
      async ({ tenants, simulation, sweepFor }) => {
        await tenants.provision(first, me);
        const id = idOf(await tenants.update(next, me));
        await tenants.approve(id, me);
        expect(serving(simulation)).toBe(specHash(effect === 'before' ? first : next));
        await sweepFor(120);
        expect(await tenants.get('acme')).toMatchObject({
          phase: 'ready',
          operation: { approvals: [{ by: 'alice' }] },
        });
        expect(serving(simulation)).toBe(specHash(next));
      },
      { weather: failing(fault, ({ what }) => what === 'approve', { times: 2 }) },
    )(),
  );
});
