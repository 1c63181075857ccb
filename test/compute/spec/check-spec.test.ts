import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/compute/logger.ts';
import { Manager } from '../../../src/compute/manager.ts';
import { Registry } from '../../../src/compute/registry.ts';
import { explainTenantId, loadSpecSchema, parseSpec, trustSpec } from '../../../src/compute/spec/check-spec.ts';
import { isTenantId } from '../../../src/compute/spec/names.ts';
import { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { createCountingProvider } from '../../support/counting-provider.ts';
import { aSpec } from '../../support/specs.ts';

beforeAll(loadSpecSchema);
afterEach(() => void vi.restoreAllMocks());

function setUp() {
  const registry = new Registry();
  const provider = createCountingProvider();
  registry.register(provider);
  const validations = vi.spyOn(TenantComputeSpec, 'safeParse');
  return { manager: new Manager(registry, silentLogger), provider, validations };
}

describe('a specification is validated once', () => {
  test('when a request parses it, and the manager validates, provisions and updates with it', async () => {
    const { manager, provider, validations } = setUp();
    const spec = await parseSpec(aSpec());
    await manager.validateTenantSpec(spec);
    await manager.provisionTenant(spec);
    await manager.updateTenant('acme', spec);
    expect(validations).toHaveBeenCalledTimes(1);
    expect(provider.calls.map(({ method }) => method)).toEqual(['validate', 'provision', 'update']);
  });

  test('and never when it comes from a record of Berth', async () => {
    const { manager, validations } = setUp();
    await manager.provisionTenant(trustSpec(aSpec()));
    expect(validations).not.toHaveBeenCalled();
  });
});

describe('a specification is validated again', () => {
  test('each time, when a caller passes it to the manager directly', async () => {
    const { manager, validations } = setUp();
    const spec = aSpec();
    await manager.validateTenantSpec(spec);
    await manager.provisionTenant(spec);
    expect(validations).toHaveBeenCalledTimes(2);
  });

  test('when it is a changed copy of a valid one', async () => {
    const { manager, provider } = setUp();
    const spec = await parseSpec(aSpec());
    await expect(manager.provisionTenant({ ...spec, containers: [] })).rejects.toThrow('at least one container');
    expect(provider.calls).toEqual([]);
  });
});

test('a provider that changes its specification changes nothing for its caller', async () => {
  const { manager, provider } = setUp();
  const spec = await parseSpec(aSpec());
  await manager.provisionTenant(spec);
  const received = provider.calls[0]?.args[0] as TenantComputeSpec;
  expect(received).toEqual(spec);
  received.containers.length = 0;
  expect(spec.containers).toHaveLength(1);
});

test('every text that is no tenant id gets an explanation', async () => {
  const text = fc.oneof(fc.anything(), fc.stringMatching(/^[a-z0-9-]{0,66}$/), fc.constantFrom('', 'a-', 'A', 'a\n'));
  await fc.assert(
    fc.asyncProperty(text, async (input) => {
      fc.pre(!isTenantId(input));
      const { issues } = await explainTenantId(input);
      expect(issues.length).toBeGreaterThan(0);
      expect(issues.every(({ pointer, message }) => pointer === '/tenant_id' && message !== '')).toBe(true);
    }),
  );
});
