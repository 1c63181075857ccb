import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TenantExistsError, TenantNotFoundError } from '../../../src/compute/errors.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { leakRun } from '../../support/leak-programs.ts';
import { engineSuite } from './on-engine/engine-suite.ts';
import { Lab } from './on-engine/lab.ts';
import { mortalClient } from './on-engine/mortal-client.ts';

/** Programs that run at once, to keep the engine busy. */
const LANES = 8;
/** More requests than any operation sends, so some programs are not killed. */
const MAX_REQUESTS = 60;

const operation = fc.constantFrom('provision', 'update', 'break', 'destroy');
const program = fc.record({
  steps: fc.array(
    fc.record({ operation, diesAt: fc.integer({ min: 1, max: MAX_REQUESTS }), takesEffect: fc.boolean() }),
    { minLength: 1, maxLength: 3 },
  ),
  isRepaired: fc.boolean(),
});

engineSuite('a process killed at any request', () => {
  let lab: Lab;
  let tenants = 0;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.clear());

  /** A version with a container that runs once, and leaves a line on the engine's host. */
  function specOf(tenantId: string, version: number): TenantComputeSpec {
    const { source, line } = lab.runsFile(tenantId);
    const setup = lab.container(line, { name: 'setup', run: 'once' });
    const mounts = [{ source, target: '/runs', read_only: false }];
    return lab.specOf(tenantId, [lab.idler({ env: { VERSION: String(version) } }), setup], { mounts });
  }
  const brokenOf = (tenantId: string) => lab.specOf(tenantId, [lab.idler({ command: ['false'] })], { restart: 'no' });

  async function run(provider: Provider, tenantId: string, step: string): Promise<void> {
    if (step === 'provision') await provider.provision(specOf(tenantId, 1));
    else if (step === 'update') await provider.update(tenantId, specOf(tenantId, 2));
    else if (step === 'break') await provider.update(tenantId, brokenOf(tenantId));
    else await provider.destroy(tenantId);
  }

  /** Provisions, or updates if another specification exists, as the reconciler does. */
  async function repair(provider: Provider, spec: TenantComputeSpec): Promise<void> {
    try {
      await provider.provision(spec);
    } catch (error) {
      if (!(error instanceof TenantExistsError)) throw error;
      await provider.update(spec.tenant_id, spec);
    }
  }

  const kindOf = (resource: string) => resource.split(' ')[0];

  test('leaves only resources that destroy finds and the next host can repair', {
    timeout: 1_800_000,
  }, async () => {
    const property = fc.asyncProperty(program, async ({ steps, isRepaired }) => {
      tenants += 1;
      const tenantId = `tenant-${tenants}`;
      for (const { operation: step, diesAt, takesEffect } of steps) {
        const provider = lab.provider({}, { client: mortalClient(diesAt, takesEffect) });
        await run(provider, tenantId, step).catch(() => undefined); // killed or refused: only the resources left count
        await provider.close?.();
      }
      const next = lab.provider();
      if (isRepaired) {
        const spec = specOf(tenantId, 3);
        await repair(next, spec);
        const { state, metadata } = await next.getStatus(tenantId);
        expect({ state, hash: metadata.spec_hash }).toEqual({ state: 'running', hash: specHash(spec) });
        const kinds = (await lab.inventory()).filter((one) => new RegExp(`_${tenantId}(_|$)`).test(one)).map(kindOf);
        expect(kinds, `resources of ${tenantId}`).toEqual(['container', 'container', 'network', 'record']);
        expect((await lab.runsOf(tenantId)).length, 'runs of setup').toBeGreaterThan(0);
      }
      await next.destroy(tenantId);
      await expect(next.getStatus(tenantId)).rejects.toBeInstanceOf(TenantNotFoundError);
    });
    const { numRuns, seed } = leakRun('docker', 16);
    const ofLane = Math.ceil(numRuns / LANES);
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      fc.assert(property, { numRuns: ofLane, seed: seed + lane, endOnFailure: true }),
    );
    await Promise.all(lanes);
    expect(tenants).toBe(ofLane * LANES);
    expect(await lab.inventory()).toEqual([]);
  });
});
