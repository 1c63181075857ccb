import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidProviderError, ProviderConflictError, ProviderNotFoundError } from '../../src/compute/errors.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { Registry } from '../../src/compute/registry.ts';
import { createCapturedLogger } from '../support/captured-logger.ts';
import { createCountingProvider } from '../support/counting-provider.ts';

function registryOf(...names: string[]): Registry {
  const registry = new Registry();
  for (const name of names) registry.register(createCountingProvider(name));
  return registry;
}

describe('register', () => {
  test('adds providers, each under its own name', () => {
    const providers = ['process', 'docker', 'ecs-eu'].map((name) => createCountingProvider(name));
    const registry = new Registry();
    for (const provider of providers) registry.register(provider);
    for (const provider of providers) expect(registry.get(provider.name)).toBe(provider);
  });

  test('refuses a second provider of the same name, and keeps the first', () => {
    const [first, second] = [createCountingProvider('docker'), createCountingProvider('docker')];
    const registry = new Registry();
    registry.register(first);
    expect(() => registry.register(second)).toThrow(new ProviderConflictError('docker'));
    expect(() => registry.register(first)).toThrow('provider already registered: docker');
    expect(registry.get('docker')).toBe(first);
  });

  const malformed = [
    '',
    ' ',
    'Docker',
    '-docker',
    'a b',
    'a/b',
    'a.b',
    'a_b',
    'dоcker',
    'docker\n',
    'a\0',
    'a'.repeat(64),
  ];
  test.each([...malformed, '__proto__'])('refuses the name %j', (name) => {
    const registry = new Registry();
    expect(() => registry.register(createCountingProvider(name))).toThrow(InvalidProviderError);
    expect(registry.list()).toEqual([]);
  });

  test.each([
    ['no provider', undefined],
    ['a provider without a name', {}],
    ['a name that is no text', { name: 7 }],
  ])('refuses %s', (_case, provider) => {
    expect(() => new Registry().register(provider as unknown as Provider)).toThrow(
      /^invalid compute provider: the name/,
    );
  });

  test.each(['a', '0', 'ecs-eu', 'trailing-', 'constructor', 'a'.repeat(63)])('accepts the name %j', (name) => {
    expect(registryOf(name).has(name)).toBe(true);
  });

  test('logs registrations, but not refused ones', () => {
    const logger = createCapturedLogger();
    const registry = new Registry(logger);
    registry.register(createCountingProvider('docker'));
    expect(() => registry.register(createCountingProvider('docker'))).toThrow();
    expect(() => registry.register(createCountingProvider(''))).toThrow();
    expect(logger.entries).toEqual([
      {
        level: 'info',
        message: 'registered compute provider',
        fields: { component: 'compute-registry', provider: 'docker' },
      },
    ]);
  });
});

describe('get', () => {
  test('names the registered providers, sorted, if the requested one is missing', () => {
    const registry = registryOf('process', 'docker');
    expect(() => registry.get('ghost')).toThrow(ProviderNotFoundError);
    expect(() => registry.get('ghost')).toThrow('compute provider not found: "ghost" (registered: docker, process)');
  });

  test('says that none is registered', () => {
    expect(() => new Registry().get('ghost')).toThrow('compute provider not found: "ghost" (none is registered)');
  });

  test.each(['__proto__', 'constructor', 'toString', 'size'])('finds nothing under %j', (name) => {
    const registry = registryOf('docker');
    expect(() => registry.get(name)).toThrow(ProviderNotFoundError);
    expect(registry.has(name)).toBe(false);
  });

  test('truncates a very long name in its message', () => {
    expect(() => registryOf('docker').get('x'.repeat(10_000))).toThrow(/^.{0,160}$/);
  });
});

describe('list', () => {
  test('returns sorted names for any order of registration', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/)), (names) => {
        expect(registryOf(...names).list()).toEqual([...names].sort());
      }),
    );
  });

  test('returns a fresh array each time', () => {
    const registry = registryOf('docker', 'process');
    registry.list().push('forged');
    registry.list().reverse();
    expect(registry.list()).toEqual(['docker', 'process']);
    expect(registry.has('forged')).toBe(false);
  });
});

describe('concurrent callers', () => {
  test('exactly one of any number of registrations of one name succeeds, in any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 20 }), async (scheduler, count) => {
        const registry = new Registry();
        const contenders = Array.from({ length: count }, () => createCountingProvider('docker'));
        const register = scheduler.scheduleFunction(async (provider: Provider) => registry.register(provider));
        const outcomes = Promise.allSettled(contenders.map(register));
        await scheduler.waitFor(outcomes);
        const refused = (await outcomes).filter((outcome) => outcome.status === 'rejected');
        expect(refused).toHaveLength(count - 1);
        for (const { reason } of refused) expect(reason).toBeInstanceOf(ProviderConflictError);
        const winner = (await outcomes).findIndex((outcome) => outcome.status === 'fulfilled');
        expect(registry.get('docker')).toBe(contenders[winner]);
        expect(registry.list()).toEqual(['docker']);
      }),
    );
  });

  test('a lookup during registrations returns the whole provider or reports it missing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const registry = new Registry();
        const names = ['docker', 'ecs', 'kubernetes', 'process'];
        const register = scheduler.scheduleFunction(async (name: string) =>
          registry.register(createCountingProvider(name)),
        );
        const look = scheduler.scheduleFunction(async (name: string) => {
          const listed = registry.list();
          expect(listed).toEqual([...listed].sort());
          expect(registry.has(name)).toBe(listed.includes(name));
          if (listed.includes(name)) expect(registry.get(name).name).toBe(name);
          else expect(() => registry.get(name)).toThrow(ProviderNotFoundError);
        });
        await scheduler.waitFor(Promise.all(names.flatMap((name) => [look(name), register(name), look(name)])));
        expect(registry.list()).toEqual(names);
      }),
    );
  });
});
