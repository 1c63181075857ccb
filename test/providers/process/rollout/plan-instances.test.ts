import { describe, expect } from 'vitest';
import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { it, specOf, web, worker } from '../lab.ts';

const before = [web(), worker({ env: { MODE: 'a' } })];

describe('fingerprints', () => {
  it.for<[string, TenantComputeSpec]>([
    ['labels and resources', specOf(before, { labels: { a: 'b' }, resources: { cpu: 512, memory: 512 } })],
    [
      'a container’s own resources',
      specOf([web(), worker({ env: { MODE: 'a' }, resources: { cpu: 128, memory: 128 } })]),
    ],
    ['the env of one container', specOf([web(), worker({ env: { MODE: 'b' } })])],
    ['a third container', specOf([...before, worker({ name: 'another' })])],
    ['their working directory', specOf(before, { provider_config: { working_directory: '/' } })],
    ['their grace period', specOf(before, { provider_config: { stop_grace_seconds: 1 } })],
  ])('tell which processes an update keeps: %s', async ([_title, after], { lab }) => {
    const provider = lab.provider();
    const fingerprints = async (spec: TenantComputeSpec) => (await provider.fingerprints?.(spec)) ?? {};
    await provider.provision(specOf(before));
    const pids = [await lab.pidOf('web'), await lab.pidOf('worker')];
    await provider.update('acme', after);
    const kept = [(await lab.pidOf('web')) === pids[0], (await lab.pidOf('worker')) === pids[1]];
    const [told, now] = [await fingerprints(specOf(before)), await fingerprints(after)];
    expect([told.web === now.web, told.worker === now.worker]).toEqual(kept);
    expect(Object.keys(now)).toEqual(after.containers.map(({ name }) => name));
  });
});
