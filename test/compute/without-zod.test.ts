import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Capabilities } from '../../src/compute/capabilities/capabilities.ts';
import { defaultCapabilities } from '../../src/compute/provider.ts';
import { isProviderName, isTenantId } from '../../src/compute/spec/names.ts';
import { ProviderName, TenantId } from '../../src/compute/spec/spec.ts';

const run = promisify(execFile);

/** Runs a program in the folder of the sources. Its `print()` prints whether zod is loaded. */
async function isZodLoaded(program: string): Promise<boolean[]> {
  const preamble = `
    import { registerHooks } from 'node:module';
    let isLoaded = false;
    registerHooks({
      resolve(specifier, context, next) {
        isLoaded ||= /^zod/.test(specifier);
        return next(specifier, context);
      },
    });
    const print = () => console.log(isLoaded);
  `;
  const cwd = new URL('../../src/', import.meta.url);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', preamble + program], { cwd });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line === 'true');
}

describe('zod is loaded', () => {
  const setUp = `
    const { Manager } = await import('./compute/manager.ts');
    const { Registry } = await import('./compute/registry.ts');
    const registry = new Registry();
    registry.register({
      name: 'p',
      getStatus: async () => ({ tenant_id: 'acme', provider_type: 'p', state: 'running', health: 'healthy' }),
      logs: async () => ({ lines: [] }),
      destroy: async () => {},
      provision: async () => ({ tenant_id: 'acme', provider_type: 'p', status: 'success' }),
    });
    const manager = new Manager(registry, { debug() {}, info() {}, warn() {}, error() {} });
    const spec = {
      tenant_id: 'acme',
      provider_type: 'p',
      containers: [{ name: 'web', image: 'nginx' }],
      resources: { cpu: 128, memory: 128 },
    };
  `;

  test('for a specification, but not to read a status or logs, or to destroy a tenant', async () => {
    const program = `
      await manager.getTenantStatus('acme', 'p');
      await manager.getTenantLogs('acme', 'p');
      await manager.destroyTenant('acme', 'p');
      print();
      await manager.provisionTenant(spec);
      print();
    `;
    expect(await isZodLoaded(setUp + program)).toEqual([false, true]);
  });

  test('by loadSpecSchema(), but not for a specification from a record', async () => {
    const program = `
      const { loadSpecSchema, trustSpec } = await import('./compute/spec/check-spec.ts');
      await manager.provisionTenant(trustSpec(spec));
      print();
      await loadSpecSchema();
      print();
    `;
    expect(await isZodLoaded(setUp + program)).toEqual([false, true]);
  });

  test('for events when the first is read', async () => {
    const program = `
      const { readEnvelope } = await import('./events/read-event.ts');
      print();
      await readEnvelope({}).catch(() => {});
      print();
    `;
    expect(await isZodLoaded(program)).toEqual([false, true]);
  });
});

describe('definitions without a schema agree with the schema', () => {
  const names = fc.oneof(
    fc.anything(),
    fc.string(),
    fc.stringMatching(/^[a-z0-9-]{0,66}$/),
    fc.constantFrom('a', '-', 'a-', '-a', 'a'.repeat(63), 'a'.repeat(64), 'A', 'a\n', 'a_b', 'é', ''),
  );

  test('default capabilities', () => {
    expect(Capabilities.parse({})).toEqual(defaultCapabilities);
  });

  test.each([
    ['isTenantId', isTenantId, TenantId],
    ['isProviderName', isProviderName, ProviderName],
  ])('%s', (_name, isOne, schema) => {
    expect(isOne('acme')).toBe(true);
    fc.assert(
      fc.property(names, (input) => isOne(input) === schema.safeParse(input).success),
      { numRuns: 1000 },
    );
  });
});
