import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { InvalidSpecError } from '../../src/compute/errors.ts';
import { resolveProviderConfig } from '../../src/compute/provider-config.ts';

const Config = z.strictObject({
  cluster: z.string('cluster required'),
  grace_seconds: z.int('grace_seconds must be an integer').default(10),
  network: z.strictObject({ subnet: z.string('subnet must be a string') }).optional(),
});

function issuesOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.issues;
    throw error;
  }
  return [];
}

describe('resolveProviderConfig', () => {
  test("fills in the operator's defaults, then those of the schema", () => {
    expect(resolveProviderConfig({}, Config, { cluster: 'main' })).toEqual({ cluster: 'main', grace_seconds: 10 });
  });

  test('lets the tenant override the defaults', () => {
    const spec = { provider_config: { cluster: 'own', grace_seconds: 3 } };
    expect(resolveProviderConfig(spec, Config, { cluster: 'main' })).toEqual({ cluster: 'own', grace_seconds: 3 });
  });

  test('replaces a nested setting as a whole', () => {
    const spec = { provider_config: { network: { subnet: 'b' } } };
    const defaults = { cluster: 'main', network: { subnet: 'a', vpc: 'refused if it were merged in' } };
    expect(resolveProviderConfig(spec, Config, defaults).network).toEqual({ subnet: 'b' });
  });

  test('reports every issue with a pointer into provider_config', () => {
    const spec = { provider_config: { grace_seconds: 1.5, network: { subnet: 7, zone: 'x' }, 'a/b': 1 } };
    expect(issuesOf(() => resolveProviderConfig(spec, Config))).toEqual(
      expect.arrayContaining([
        { pointer: '/provider_config/cluster', message: 'cluster required' },
        { pointer: '/provider_config/grace_seconds', message: 'grace_seconds must be an integer' },
        { pointer: '/provider_config/network/subnet', message: 'subnet must be a string' },
        { pointer: '/provider_config/network/zone', message: 'unknown field: zone' },
        { pointer: '/provider_config/a~1b', message: 'unknown field: a/b' },
      ]),
    );
  });

  test('changes neither the specification nor the defaults', () => {
    const spec = Object.freeze({ provider_config: Object.freeze({ grace_seconds: 3 }) });
    const defaults = Object.freeze({ cluster: 'main' });
    resolveProviderConfig(spec, Config, defaults);
    expect([spec, defaults]).toEqual([{ provider_config: { grace_seconds: 3 } }, { cluster: 'main' }]);
  });
});
