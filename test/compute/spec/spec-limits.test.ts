import { describe, expect, test } from 'vitest';
import { SPEC_LIMITS } from '../../../src/compute/spec/limits.ts';
import { replaceAt } from '../../support/json-pointer.ts';
import { issuesOf } from '../../support/spec-issues.ts';
import { aContainer, aFullSpec, aSpec } from '../../support/specs.ts';

const withValue = (pointer: string, value: unknown) => replaceAt(aFullSpec(), pointer, value);

describe('every limit, on both sides', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => aContainer({ name: `c${index}` }));
  const texts = (count: number) => Array.from({ length: count }, () => 'x');
  const ports = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ container_port: i + 1, protocol: 'tcp' }));
  const map = (count: number) => Object.fromEntries(texts(count).map((text, index) => [`K${index}`, text]));
  const secrets = (count: number) =>
    texts(count).map((_, index) => ({ name: 's', source: 'file', key: 'k', env_var: `S${index}` }));
  const health = '/containers/0/health_check';
  const longest = `${'x.'.repeat(126)}x`;

  const limits: [pointer: string, good: unknown[], bad: unknown[], message: RegExp][] = [
    ['/tenant_id', ['a', 'a'.repeat(63)], ['a'.repeat(64)], /^tenant_id must be at most 63 characters$/],
    ['/provider_type', ['p', 'p'.repeat(63)], ['p'.repeat(64)], /^provider_type must be at most 63 characters$/],
    ['/containers', [names(1), names(10)], [names(11), names(257)], /^at most 10 containers allowed$/],
    ['/containers/0/name', ['a', 'a'.repeat(63)], ['a'.repeat(64)], /^container name must be at most 63/],
    ['/containers/0/command', [[], texts(256)], [texts(257)], /^command must have at most 256 entries$/],
    ['/containers/0/args', [[], texts(256)], [texts(257)], /^args must have at most 256 entries$/],
    ['/containers/0/env', [{}, map(256)], [map(257)], /^env must have at most 256 entries$/],
    ['/containers/0/ports', [ports(1), ports(64)], [ports(65)], /^ports must have at most 64 entries$/],
    ['/containers/0/ports/0/container_port', [1, 65535], [0, 65536, -1, 1.5, '80', null], /integer from 1 to 65535$/],
    ['/containers/0/ports/0/host_port', [0, 65535], [-1, 65536, 0.5], /^host_port must be .* from 0 to 65535$/],
    ['/containers/0/ports/0/protocol', ['tcp', 'udp'], ['sctp', 'TCP', null], /^protocol must be tcp or udp$/],
    [`${health}/type`, ['http', 'tcp'], ['grpc', undefined], /^health check type must be http, tcp or exec$/],
    [`${health}/http_path`, ['/', `/${'x'.repeat(1023)}`], ['', 'x', '/ ', '/é', `/${'x'.repeat(1024)}`], /^http_path/],
    [`${health}/port`, [1, 65535], [0, 65536], /^health check port must be an integer from 1 to 65535$/],
    [`${health}/interval_seconds`, [5, 3600], [4, 3601, 5.5], /^interval_seconds must be .* from 5 to 3600$/],
    [`${health}/timeout_seconds`, [1, 9], [10, 3600], /^timeout_seconds must be less than interval_seconds$/],
    [`${health}/timeout_seconds`, [1], [0, -1], /^timeout_seconds must be an integer from 1 to 3600$/],
    [`${health}/healthy_threshold`, [1, 100], [0, 101], /^healthy_threshold must be an integer from 1 to 100$/],
    [`${health}/unhealthy_threshold`, [1, 100], [0, 101], /^unhealthy_threshold must be an integer from 1 to 100$/],
    ['/containers/1/health_check/command', [['x']], [[], undefined], /^health check command required$/],
    ['/containers/0/resources/cpu', [128, 1024], [127], /^cpu must be at least 128 millicores$/],
    ['/resources/storage', [0, 1], [-1, 1.5], /^storage must be an integer of at least 0$/],
    ['/networking/public_ip', [true, false], ['yes', 1, null], /^public_ip must be true or false$/],
    ['/networking/subnets', [texts(16)], [texts(17)], /^subnets must have at most 16 entries$/],
    ['/networking/security_groups', [texts(16)], [texts(17)], /^security_groups must have at most 16 entries$/],
    [
      '/networking/hostname',
      [longest, `${'x'.repeat(63)}.x`],
      ['', `a${longest}`],
      /^hostname (required|must be at most)/,
    ],
    ['/secrets', [[], secrets(64)], [secrets(65)], /^secrets must have at most 64 entries$/],
    ['/secrets/0/key', ['k', 'k'.repeat(2048)], ['', 'k'.repeat(2049)], /^secret key/],
    ['/secrets/0/env_var', ['A', `A${'x'.repeat(254)}`], [`A${'x'.repeat(255)}`, '1A', 'A-B', ''], /^env names/],
    ['/labels', [{}, map(40)], [map(41)], /^labels must have at most 40 entries$/],
    [
      '/labels/team',
      ['', 'x'.repeat(255), 'Ünïcode 1'],
      ['x'.repeat(256), 'a\nb', '<b>', '\u001b[1m'],
      /^label values/,
    ],
    ['/provider_config', [{}, { a: [{ b: null }] }], [[], 'x', null], /^provider_config must be an object$/],
  ];

  test.each(limits)('%s accepts %j', (pointer, good) => {
    for (const value of good) expect(issuesOf(withValue(pointer, value))).toEqual([]);
  });

  test.each(limits)('%s refuses values beyond the limit', (pointer, _good, bad, message) => {
    for (const value of bad) {
      expect(issuesOf(withValue(pointer, value))).toEqual([{ pointer, message: expect.stringMatching(message) }]);
    }
  });

  test.each(['cpu', 'memory', 'storage'] as const)(
    "the sum of the containers' %s does not exceed the tenant's",
    (field) => {
      const own = { cpu: 128, memory: 128, storage: 128 };
      const containers = ['a', 'b'].map((name) => aContainer({ name, resources: own }));
      const spec = (limit: number) =>
        aSpec({ containers, resources: { cpu: 256, memory: 256, storage: 256, [field]: limit } });
      expect(issuesOf(spec(256))).toEqual([]);
      expect(issuesOf(spec(255))).toEqual([
        {
          pointer: `/resources/${field}`,
          message: `${field} of the containers is 256 in sum, more than the tenant's 255`,
        },
      ]);
    },
  );

  test('64 KB is accepted, one byte more is refused', () => {
    const room = SPEC_LIMITS.maxBytes - Buffer.byteLength(JSON.stringify(aSpec({ provider_config: { text: '' } })));
    const spec = (bytes: number) => aSpec({ provider_config: { text: 'x'.repeat(bytes) } });
    expect(issuesOf(spec(room))).toEqual([]);
    expect(issuesOf(spec(room + 1))).toEqual([{ pointer: '', message: 'larger than 64 KB' }]);
  });

  test('32 levels are accepted, one more is refused', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)]);
    const spec = (depth: number) => ({ ...aSpec(), provider_config: { deep: nested(depth) } });
    expect(issuesOf(spec(30))).toEqual([]);
    expect(issuesOf(spec(31))).toMatchObject([{ message: 'nested deeper than 32 levels' }]);
  });

  test('1024 values are accepted, one more is refused', () => {
    const own = 4 + 1 + 2 + 2 + 1 + 1; // the values of aSpec, provider_config and its list
    const spec = (values: number) => aSpec({ provider_config: { list: Array(values).fill(0) } });
    expect(issuesOf(spec(1024 - own))).toEqual([]);
    expect(issuesOf(spec(1025 - own))).toEqual([{ pointer: '', message: 'more than 1024 values' }]);
  });
});
