import { describe, expect, test } from 'vitest';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { hasStartOrder, waitsOf } from '../../../src/compute/start-order/start-order.ts';
import { issuesOf } from '../../support/spec-issues.ts';
import { aContainer, aSpec } from '../../support/specs.ts';

const check = { type: 'tcp', port: 80, interval_seconds: 10, timeout_seconds: 4 } as const;
const thresholds = { healthy_threshold: 1, unhealthy_threshold: 3 };

function named(name: string, fields: object = {}) {
  return { ...aContainer({ name }), ...fields };
}

function orderOf(...containers: ReturnType<typeof named>[]): Record<string, string[]> {
  const valid = validateComputeSpec(aSpec({ containers })).containers;
  const texts = [...waitsOf(valid)].map(([name, waits]) => [name, waits.map((wait) => `${wait.name} ${wait.until}`)]);
  return Object.fromEntries(texts) as Record<string, string[]>;
}

describe('the order in which containers start', () => {
  test('without run and after nothing waits', () => {
    expect(orderOf(named('web'), named('worker'))).toEqual({ web: [], worker: [] });
    expect(hasStartOrder([named('web', { run: 'always', after: [] })])).toBe(false);
  });

  test('containers that run always wait for those that run once', () => {
    const order = orderOf(named('web'), named('setup', { run: 'once' }), named('worker', { after: ['web'] }));
    expect(order).toEqual({ web: ['setup completed'], setup: [], worker: ['setup completed', 'web running'] });
  });

  test('a container that runs once after one that runs always comes before those only that name it', () => {
    const order = orderOf(
      named('db', { health_check: { ...check, ...thresholds } }),
      named('seed', { run: 'once', after: ['db'] }),
      named('index', { run: 'once', after: ['seed'] }),
      named('web', { after: ['seed'] }),
      named('other'),
    );
    expect(order).toEqual({
      db: [],
      seed: ['db healthy'],
      index: ['seed completed'],
      web: ['seed completed'],
      other: [],
    });
  });
});

describe('an order that cannot be kept is refused with its place', () => {
  const once = { run: 'once' };
  test.each([
    [
      'a name that no container has',
      [named('web', { after: ['db'] })],
      '/containers/0/after/0',
      'no container has the name db',
    ],
    ['itself', [named('web', { after: ['web'] })], '/containers/0/after/0', 'a container cannot start after itself'],
    [
      'a repeated name',
      [named('db'), named('web', { after: ['db', 'db'] })],
      '/containers/1/after/1',
      'db is named twice',
    ],
    [
      'only containers that end',
      [named('a', once), named('b', once)],
      '/containers',
      'one container at least has to run always: a tenant whose containers all end would run nothing',
    ],
    [
      'ports of a container that ends',
      [named('a', { ...once, ports: [{ container_port: 80, protocol: 'tcp' }] }), named('b')],
      '/containers/0/ports',
      'a container that runs once has no ports: it ends before the tenant serves. Remove them',
    ],
    [
      'a health check of a container that ends',
      [named('a', { ...once, health_check: { ...check, ...thresholds } }), named('b')],
      '/containers/0/health_check',
      'a container that runs once has no health check: its exit code tells. Remove it',
    ],
    ['another word', [named('a', { run: 'never' })], '/containers/0/run', 'run must be always or once'],
  ])('%s', (_, containers, pointer, message) => {
    expect(issuesOf(aSpec({ containers: containers as never }))).toEqual([{ pointer, message }]);
  });

  test('a circle is told at each of its places', () => {
    const containers = [
      named('a', { after: ['c'] }),
      named('b', { after: ['a'] }),
      named('c', { after: ['b'] }),
      named('d', { after: ['a'] }),
    ];
    expect(issuesOf(aSpec({ containers }))).toEqual([
      { pointer: '/containers/0/after/0', message: 'the order is a circle: a after c after b after a' },
      { pointer: '/containers/1/after/0', message: 'the order is a circle: b after a after c after b' },
      { pointer: '/containers/2/after/0', message: 'the order is a circle: c after b after a after c' },
    ]);
  });
});
