import { describe, expect, test } from 'vitest';
import { labelsFor } from '../../../src/compute/labels.ts';
import { LABEL } from '../../../src/providers/docker/labels.ts';
import type { ProviderContext } from '../../../src/providers/docker/provider-context.ts';
import { glanceAt } from '../../../src/providers/docker/status/glance.ts';
import { aSpec } from '../../support/specs.ts';

const origin = { installation: 'k3x9q0a1zmb3k2' };
const labels = labelsFor(aSpec({ tenant_id: 'acme', provider_type: 'docker' }), 'docker', origin);
const instance = { container: 'web', number: 1, digest: 'd' };
const record = {
  provisioned_at: 0,
  updated_at: 0,
  serving: { spec_hash: 'hash', sketch: {}, instances: [instance] },
};

interface Listed {
  State: string;
  Status: string;
  probe?: string;
  threshold?: string;
}

/** Returns a glance at `acme`, whose engine lists its container so. */
async function glanceAtOne(container: Listed | undefined, more: { record?: object; labels?: object } = {}) {
  const of = (role: string, state: { State: string; Status: string }, own: object) => ({
    ...state,
    Labels: { ...labels, [LABEL.container]: 'web', [LABEL.number]: '1', [LABEL.role]: role, ...own, ...more.labels },
  });
  const listed = container
    ? [
        of('tenant', container, { ...(container.threshold && { [LABEL.threshold]: container.threshold }) }),
        ...(container.probe ? [of('probe', { State: 'running', Status: container.probe }, {})] : []),
      ]
    : [];
  const volume = {
    name: 'v',
    sequence: 1,
    writer: 'w',
    labels: { ...labels, [LABEL.record]: JSON.stringify(more.record ?? record) },
  };
  const context = {
    provider: 'docker',
    origin,
    engine: { listContainers: async () => listed },
    store: { listVolumes: async () => [volume] },
  };
  return glanceAt(context as unknown as ProviderContext, ['acme', 'globex']);
}

describe('a glance at a tenant of a Docker engine', () => {
  // The engine's words: github.com/moby/moby, container.State.String.
  test.each<[string, Listed | undefined, boolean]>([
    ['runs', { State: 'running', Status: 'Up 5 minutes' }, true],
    ['runs for ten seconds', { State: 'running', Status: 'Up 10 seconds' }, true],
    ['has just started, and may have been restarted', { State: 'running', Status: 'Up 3 seconds' }, false],
    ['has started this second', { State: 'running', Status: 'Up Less than a second' }, false],
    ['is about to be restarted', { State: 'restarting', Status: 'Restarting (1) 2 seconds ago' }, false],
    ['was killed by hand', { State: 'exited', Status: 'Exited (137) 2 minutes ago' }, false],
    ['is paused', { State: 'paused', Status: 'Up 2 minutes (Paused)' }, false],
    ['was removed by hand', undefined, false],
    ['is healthy', { State: 'running', Status: 'Up 5 minutes (healthy)', threshold: '1' }, true],
    ['is unhealthy', { State: 'running', Status: 'Up 5 minutes (unhealthy)', threshold: '1' }, false],
    ['has no result of its check', { State: 'running', Status: 'Up 5 minutes', threshold: '1' }, false],
    [
      'is healthy, says its probe',
      { State: 'running', Status: 'Up 5 minutes', threshold: '1', probe: 'Up 5 minutes (healthy)' },
      true,
    ],
    [
      'is unhealthy, says its probe',
      { State: 'running', Status: 'Up 5 minutes', threshold: '1', probe: 'Up 5 minutes (unhealthy)' },
      false,
    ],
  ])('whose container %s', async (_, container, is_well) => {
    expect(await glanceAtOne(container)).toEqual([{ tenant_id: 'acme', is_well }]);
  });

  const up: Listed = { State: 'running', Status: 'Up 5 minutes' };

  test('whose first rollout is not over is not well', async () => {
    const { serving: _, ...starting } = record;
    expect(await glanceAtOne(up, { record: starting })).toMatchObject([{ is_well: false }]);
  });

  test('whose container was swapped for one of another version by hand is not well', async () => {
    expect(await glanceAtOne(up, { labels: { [LABEL.number]: '7' } })).toMatchObject([{ is_well: false }]);
  });

  test('whose container is that of another installation is not well', async () => {
    expect(await glanceAtOne(up, { labels: { 'berth.installation': 'another' } })).toMatchObject([{ is_well: false }]);
  });
});
