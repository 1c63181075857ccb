import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { planOf } from '../../../src/tenants/decide/make-plan.ts';
import type { PlannedChange, TenantPlan } from '../../../src/tenants/decide/plan.ts';
import { REDACTED, redactEnv } from '../../../src/tenants/decide/redaction.ts';
import { resolvePointer } from '../../support/json-pointer.ts';
import { aContainer, aFullSpec, aSpec } from '../../support/specs.ts';
import { aReadyTenant } from '../../support/tenants.ts';
import { inSimulation, refusal } from '../reconcile/trial.ts';
import { CANARY, specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const now = '2026-01-01T12:00:00.000Z';
const full = { ...aFullSpec(), tenant_id: 'acme' };
const [web = aContainer(), worker = aContainer()] = full.containers;

/** Returns the planned changes of a provider whose containers depend on nothing but themselves. */
async function changes(before: TenantComputeSpec, after: TenantComputeSpec): Promise<PlannedChange[]> {
  const fingerprintsOf = async ({ containers }: TenantComputeSpec) =>
    Object.fromEntries(containers.map(({ resources: _, ...one }) => [one.name, JSON.stringify(one)]));
  const current = aReadyTenant({ spec: before });
  return (await planOf(current, after, { warnings: [], fingerprintsOf, now })).changes;
}

describe('the changes of a plan', () => {
  test.each<[string, Partial<TenantComputeSpec>, PlannedChange[]]>([
    ['nothing', {}, []],
    [
      'an image, whose container is replaced',
      { containers: [{ ...web, image: 'web:3' }, worker] },
      [{ pointer: '/containers/0/image', before: web.image ?? '', after: 'web:3', effect: 'replace' }],
    ],
    [
      'one number of a health check',
      {
        containers: [
          web,
          {
            ...worker,
            health_check: { ...worker.health_check, type: 'exec', interval_seconds: 30 } as typeof worker.health_check,
          },
        ],
      },
      [{ pointer: '/containers/1/health_check/interval_seconds', before: 15, after: 30, effect: 'replace' }],
    ],
    [
      'several fields, each with its own effect',
      { containers: [{ ...web, args: ['-v'], resources: { cpu: 256, memory: 512 } }, worker], labels: { plan: 'tin' } },
      [
        { pointer: '/containers/0/args', before: web.args ?? [], after: ['-v'], effect: 'replace' },
        { pointer: '/containers/0/resources/cpu', before: 512, after: 256, effect: 'in_place' },
        { pointer: '/labels/plan', before: 'gold', after: 'tin', effect: 'in_place' },
        { pointer: '/labels/team', before: 'checkout', effect: 'in_place' },
      ],
    ],
    [
      'nested fields, one by one',
      { networking: { ...full.networking, hostname: 'acme.example.org' } },
      [{ pointer: '/networking/hostname', before: 'acme.example.com', after: 'acme.example.org', effect: 'in_place' }],
    ],
    [
      'a key that needs escaping',
      { labels: { ...full.labels, 'a/b~c': 'x' } },
      [{ pointer: '/labels/a~1b~0c', after: 'x', effect: 'in_place' }],
    ],
    [
      'maps that are empty',
      { labels: {} },
      [
        { pointer: '/labels', after: {}, effect: 'in_place' },
        { pointer: '/labels/team', before: 'checkout', effect: 'in_place' },
        { pointer: '/labels/plan', before: 'gold', effect: 'in_place' },
      ],
    ],
    [
      'the order of the containers',
      { containers: [worker, web] },
      [{ pointer: '/containers', before: ['web', 'worker'], after: ['worker', 'web'], effect: 'in_place' }],
    ],
  ])('name %s', async (_title, change, expected) => {
    expect(await changes(full, { ...full, ...change })).toEqual(expected);
  });

  test('identify containers by name: one that is inserted first changes none of the others', async () => {
    const proxy = aContainer({ name: 'proxy', image: 'envoy:1', env: { KEY: 'canary-1' } });
    const inserted = { ...full, containers: [proxy, web, worker] };
    expect(await changes(full, inserted)).toEqual([
      { pointer: '/containers/0/name', after: 'proxy', effect: 'in_place' },
      { pointer: '/containers/0/image', after: 'envoy:1', effect: 'in_place' },
      { pointer: '/containers/0/env/KEY', after: REDACTED, effect: 'in_place' },
    ]);
    const removed = { ...full, containers: [{ ...worker, image: 'worker:3' }] };
    const [first, ...gone] = await changes(inserted, removed);
    expect(first).toMatchObject({ pointer: '/containers/0/image', after: 'worker:3', effect: 'replace' });
    expect(new Set(gone.map(({ pointer }) => pointer.split('/', 3).join('/')))).toEqual(
      new Set(['/containers/0', '/containers/1']),
    );
    expect(gone.every((change) => !('after' in change))).toBe(true);
  });

  test('name the env values that differ and never show them', async () => {
    const env = { LOG_LEVEL: 'canary-2', FEATURES: 'search,export', NEW: 'canary-3' };
    const told = await changes(full, { ...full, containers: [{ ...web, env }, worker] });
    expect(told).toEqual([
      { pointer: '/containers/0/env/LOG_LEVEL', before: REDACTED, after: REDACTED, effect: 'replace' },
      { pointer: '/containers/0/env/NEW', after: REDACTED, effect: 'replace' },
      { pointer: '/containers/0/env/CACHE_URL', before: REDACTED, effect: 'replace' },
    ]);
    expect(JSON.stringify(told)).not.toContain('canary');
  });

  test('count as replacing where fingerprints are missing, fail, or would be too many', async () => {
    const current = aReadyTenant({ spec: full });
    const after = { ...full, labels: { plan: 'tin' } };
    const effects = async (spec: TenantComputeSpec, fingerprintsOf: Parameters<typeof planOf>[2]['fingerprintsOf']) =>
      new Set((await planOf(current, spec, { warnings: [], fingerprintsOf, now })).changes.map(({ effect }) => effect));
    expect(await effects(after, async () => undefined)).toEqual(new Set(['replace']));
    expect(
      await effects(after, () => {
        throw new Error('not valid');
      }),
    ).toEqual(new Set(['replace']));
    const many = { ...after, labels: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])) };
    expect(await effects(many, async ({ labels }) => ({ web: JSON.stringify(labels) }))).toEqual(new Set(['replace']));
    expect(await effects(many, async () => ({ web: 'the same' }))).toEqual(new Set(['in_place']));
  });

  test('count as replacing where only all of them together replace', async () => {
    const before = aSpec({ labels: { a: '1', b: '1' } });
    const both = async ({ labels }: TenantComputeSpec) => ({ web: String(labels?.a === '2' && labels.b === '2') });
    const current = aReadyTenant({ spec: before });
    const plan = await planOf(current, aSpec({ labels: { a: '2', b: '2' } }), {
      warnings: [],
      fingerprintsOf: both,
      now,
    });
    expect(plan.changes.map(({ effect }) => effect)).toEqual(['replace', 'replace']);
  });
});

/** Makes a plan and expects no calls but one read of the table and the provider's validation. */
function planning(spec: TenantComputeSpec, expected: Partial<TenantPlan>, before: Parameters<typeof inSimulation>[0]) {
  return inSimulation(async (trial) => {
    await before(trial);
    const { simulation, tenants } = trial;
    const [requests, items] = [simulation.calls.length, structuredClone(simulation.items)];
    expect(await tenants.plan(spec)).toMatchObject(expected);
    expect(simulation.calls.slice(requests).map(({ to, what }) => `${to} ${what}`)).toEqual([
      'table get',
      'provider validate',
    ]);
    expect(simulation.items).toEqual(items);
  });
}

const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });
const slow = specOf('acme', { number: 2, inProgressMs: 60_000 });

describe('the plan for a tenant', () => {
  test(
    'that is new contains every field',
    planning(first, { action: 'provision', revision: null, warnings: [] }, async ({ tenants }) => {
      const plan = await tenants.plan(first);
      expect(plan.changes).toContainEqual({ pointer: '/containers/1/image', after: 'app:1', effect: 'in_place' });
      expect(plan.changes).toContainEqual({ pointer: '/containers/0/env/TOKEN', after: REDACTED, effect: 'in_place' });
      expect(plan.changes.every((change) => !('before' in change))).toBe(true);
      expect(JSON.stringify(plan)).not.toContain(CANARY);
    }),
  );

  test(
    'that is already as desired has no action',
    planning(first, { action: 'none', revision: 1, changes: [], warnings: [] }, async ({ tenants }) => {
      await tenants.provision(first, me);
    }),
  );

  test(
    'keeps the env value on record for its placeholder',
    planning(redactEnv(second), { action: 'update', revision: 1 }, async ({ tenants }) => {
      await tenants.provision(first, me);
      const { changes } = await tenants.plan(redactEnv(second));
      expect(changes.map(({ pointer }) => pointer)).toEqual(['/containers/0/image', '/containers/1/image']);
      expect((await tenants.plan(redactEnv(first))).action).toBe('none');
    }),
  );

  test(
    'that was destroyed is a provision',
    planning(first, { action: 'provision', revision: null }, async ({ tenants }) => {
      await tenants.provision(first, me);
      await tenants.destroy('acme', me);
    }),
  );

  test(
    'that is being destroyed is a provision, with a warning',
    planning(
      first,
      {
        action: 'provision',
        revision: null,
        warnings: [expect.stringMatching(/^destroy is in progress .*until it ends, this specification is refused$/)],
      },
      async ({ tenants }) => {
        await tenants.provision(specOf('acme', { number: 1, faults: { destroy: { kind: 'failed', times: 9 } } }), me);
        await tenants.destroy('acme', me);
      },
    ),
  );

  test(
    'that is already being changed to the same has no action and a warning',
    planning(
      slow,
      {
        action: 'none',
        revision: 1,
        changes: [],
        warnings: [expect.stringContaining('works towards this specification already')],
      },
      async ({ tenants }) => {
        await tenants.provision(slow, me);
      },
    ),
  );

  test(
    'that is being changed to something else warns of the running operation',
    planning(
      first,
      {
        action: 'update',
        revision: 1,
        warnings: [expect.stringContaining('provision is in progress (operation acme.')],
      },
      async ({ tenants }) => {
        await tenants.provision(slow, me);
      },
    ),
  );

  test(
    'that failed is another try, even for an equal specification',
    planning(
      specOf('acme', { number: 1, faults: { provision: 'failed' } }),
      {
        action: 'update',
        revision: 1,
        changes: [],
        warnings: [expect.stringMatching(/^the tenant failed \(provisioning failed: /)],
      },
      async ({ tenants }) => {
        await tenants.provision(specOf('acme', { number: 1, faults: { provision: 'failed' } }), me);
      },
    ),
  );

  test(
    'throws what the request itself would throw',
    inSimulation(async ({ tenants }) => {
      expect(await refusal(tenants.plan(redactEnv(first)))).toBe('invalid_spec');
      expect(await refusal(tenants.plan({ ...first, provider_type: 'nowhere' }))).toBe('provider_not_found');
      await tenants.provision(first, me);
      const elsewhere = { ...first, provider_type: 'spare' };
      const wrong = { ...first, provider_config: { surprise: 1, faults: 'many' } };
      for (const spec of [elsewhere, wrong]) {
        const errors = await Promise.all([
          tenants.plan(spec).catch((error: unknown) => error),
          tenants.update(spec, me).catch((error: unknown) => error),
        ]);
        expect(errors[0]).toBeInstanceOf(Error);
        expect(errors[0]).toEqual(errors[1]);
      }
    }),
  );
});

/** Specifications of one tenant that may differ in every field. */
const someSpec = fc
  .record({
    images: fc.array(fc.constantFrom('app:1', 'app:2'), { minLength: 3, maxLength: 3 }),
    names: fc.shuffledSubarray(['web', 'worker', 'proxy'], { minLength: 1 }),
    env: fc.option(fc.dictionary(fc.constantFrom('A', 'B', 'C'), fc.constantFrom('1', '2')), { nil: undefined }),
    labels: fc.option(fc.dictionary(fc.constantFrom('team', 'a/b', 'plan'), fc.constantFrom('x', 'y')), {
      nil: undefined,
    }),
    memory: fc.constantFrom(256, 512),
    networking: fc.option(
      fc.record(
        {
          public_ip: fc.boolean(),
          hostname: fc.constantFrom('a.example.com', 'b.example.com'),
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    ),
    settings: fc.constantFrom(undefined, {}, { in_progress_ms: 0 }, { faults: {} }, { faults: { destroy: 'failed' } }),
  })
  .map(
    ({ images, names, env, labels, memory, networking, settings }): TenantComputeSpec => ({
      tenant_id: 'acme',
      provider_type: 'memory',
      containers: names.map((name, index) => ({ name, image: images[index] ?? 'app:1', ...(env && { env }) })),
      resources: { cpu: 256, memory },
      ...(labels && { labels }),
      ...(networking && { networking }),
      ...(settings && { provider_config: settings }),
    }),
  );

test('a plan matches what the update then does, and its pointers exist', async () => {
  await fc.assert(
    fc.asyncProperty(someSpec, someSpec, async (before, after) => {
      const scenario = inSimulation(async ({ tenants }) => {
        await tenants.provision(before, me);
        const plan = await tenants.plan(after);
        const outcome = await tenants.update(after, me);
        if (outcome.kind === 'none') throw new Error('an update is of something');
        expect(plan.action).toBe(outcome.kind === 'unchanged' ? 'none' : 'update');
        expect(plan.changes.length > 0).toBe(specHash(before) !== specHash(after));
        const { changed } = outcome.tenant.desired;
        expect(touchedBy(plan, before, after)).toEqual(outcome.kind === 'unchanged' ? [] : changed);
        for (const change of plan.changes) {
          const [shown, side] = 'after' in change ? [change.after, after] : [change.before, before];
          if (change.pointer === '/containers') continue;
          expect(resolvePointer(redactEnv(side), change.pointer)).toEqual({ found: true, value: shown });
        }
        expect(await tenants.plan(after)).toMatchObject({ action: 'none', changes: [] });
      });
      await scenario();
    }),
    { numRuns: 150 },
  );
});

/** Returns the changes of a plan as revisions name them: containers by name, and no deeper than their fields. */
function touchedBy({ changes }: TenantPlan, before: TenantComputeSpec, after: TenantComputeSpec): string[] {
  const touched = changes.flatMap((change) => {
    const [first = '', second, third] = change.pointer.split('/').slice(1);
    if (first === 'containers') {
      const { name } = ('after' in change ? after : before).containers[Number(second)] ?? {};
      return third === undefined ? [] : [`/containers/${name}/${third}`];
    }
    const isSection = ['resources', 'networking', 'labels', 'provider_config'].includes(first);
    if (!isSection) return [`/${first}`];
    return second === undefined ? [] : [`/${first}/${second}`];
  });
  return [...new Set(touched)].sort();
}
