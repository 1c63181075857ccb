import { describe, expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { changedFields, specHash } from '../../../src/compute/spec/spec-diff.ts';
import { aContainer, aFullSpec, aSpec } from '../../support/specs.ts';

const before = aFullSpec();
const [web, worker] = before.containers as [TenantComputeSpec['containers'][0], TenantComputeSpec['containers'][0]];

describe('changedFields', () => {
  test.each<[string, Partial<TenantComputeSpec>, string[]]>([
    ['nothing', {}, []],
    ['an image', { containers: [{ ...web, image: 'web:3' }, worker] }, ['/containers/web/image']],
    ['one env value', { containers: [{ ...web, env: { LOG_LEVEL: 'debug' } }, worker] }, ['/containers/web/env']],
    ['a number', { resources: { cpu: 2048, memory: 1024, storage: 2048 } }, ['/resources/cpu']],
    ['a setting that is new', { provider_config: { cluster: 'main' } }, ['/provider_config/cluster']],
    ['a label gone', { labels: { team: 'checkout' } }, ['/labels/plan']],
    ['a label whose key needs escaping', { labels: { ...before.labels, 'a/b': 'x' } }, ['/labels/a~1b']],
    ['a nested setting', { networking: { ...before.networking, public_ip: true } }, ['/networking/public_ip']],
    ['the secrets', { secrets: [] }, ['/secrets']],
    ['the provider', { provider_type: 'docker' }, ['/provider_type']],
    [
      'several things, sorted',
      { labels: {}, containers: [{ ...web, args: [] }, worker] },
      ['/containers/web/args', '/labels/plan', '/labels/team'],
    ],
  ])('names %s', (_case, change, pointers) => {
    expect(changedFields(before, { ...before, ...change })).toEqual(pointers);
  });

  test('compares containers by name, so that an inserted one changes no other', () => {
    const proxy = aContainer({ name: 'proxy', image: 'envoy:1' });
    const after = { ...before, containers: [proxy, web, worker] };
    expect(changedFields(before, after)).toEqual(['/containers/proxy/image', '/containers/proxy/name']);
    expect(changedFields(after, before)).toEqual(['/containers/proxy/image', '/containers/proxy/name']);
  });

  test('never repeats an env value', () => {
    const after = { ...before, containers: [{ ...web, env: { TOKEN: 'canary-4711' } }, worker] };
    expect(JSON.stringify(changedFields(before, after))).not.toContain('canary');
  });

  test('treats undefined fields as absent', () => {
    expect(changedFields(aSpec(), aSpec({ labels: undefined, networking: undefined }))).toEqual([]);
  });
});

describe('specHash', () => {
  test('does not depend on the order of fields', () => {
    const { tenant_id, ...rest } = before;
    expect(specHash({ ...rest, tenant_id })).toBe(specHash(before));
    expect(Object.keys({ ...rest, tenant_id })).not.toEqual(Object.keys(before));
  });

  test('changes with every field that changes', () => {
    const variants = [
      before,
      { ...before, tenant_id: 'other' },
      { ...before, containers: [worker, web] },
      { ...before, containers: [{ ...web, env: { ...web.env, LOG_LEVEL: 'debug' } }, worker] },
      { ...before, resources: { ...before.resources, memory: 1025 } },
    ];
    expect(new Set(variants.map(specHash)).size).toBe(variants.length);
  });
});
