import { createServer, type Server } from 'node:net';
import { expect } from 'vitest';
import { ResourceConflictError, TenantExistsError } from '../../../src/compute/errors.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { expectGone, expectProvisionFails, expectServes, heldIds, refusal, reordered } from '../expectations.ts';
import type { Rule } from '../trial.ts';

export const provisionRules: readonly Rule[] = [
  {
    rule: 'provision starts every container, and after success the tenant runs at once',
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.spec(trial.tenant());
      const { status } = await provider.provision(spec);
      const now = await provider.getStatus(spec.tenant_id);
      if (status === 'success') expect(now.state, 'state after success').toBe('running');
      const { containers, health } = await expectServes(trial, provider, spec, 1);
      expect(containers.map(({ name }) => name).toSorted()).toEqual(spec.containers.map(({ name }) => name).toSorted());
      expect(containers.every(({ ready }) => ready)).toBe(true);
      expect(health).not.toBe('unhealthy');
    },
  },
  {
    rule: 'getStatus reports a provision in progress as pending_spec_hash until it serves',
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.spec(trial.tenant());
      const { status } = await provider.provision(spec);
      const { metadata } = await provider.getStatus(spec.tenant_id);
      const where = status === 'success' ? [metadata.spec_hash] : [metadata.spec_hash, metadata.pending_spec_hash];
      expect(where, 'hashes after a provision').toContain(specHash(spec));
      const settled = await trial.running(provider, spec.tenant_id);
      expect(settled.metadata.pending_spec_hash).toBeUndefined();
    },
  },
  {
    rule: 'a long provision returns in_progress, is joined by a repeated call, and is ended by destroy',
    async run(trial) {
      const provider = await trial.fresh();
      const before = await trial.inventory();
      const spec = trial.stuckSpec(trial.tenant());
      const first = await provider.provision(spec);
      expect(first.status).toBe('in_progress');
      const resources = await trial.inventory();
      const fresh = await trial.fresh();
      expect((await fresh.provision(reordered(spec))).status).toBe('in_progress');
      expect(await trial.inventory()).toEqual(resources);
      const { state, metadata } = await fresh.getStatus(spec.tenant_id);
      expect(state).toBe('starting');
      expect(metadata.pending_spec_hash).toBe(specHash(spec));
      await fresh.destroy(spec.tenant_id);
      await expectGone(provider, spec.tenant_id);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'a repeated provision with an equal specification has no further effect and returns the same',
    async run(trial) {
      const { provider, spec, resources } = await trial.started();
      const second = await provider.provision(spec);
      const third = await (await trial.fresh()).provision(reordered(spec));
      expect(third).toEqual(second);
      expect(second.status).toBe('success');
      expect(await trial.inventory()).toEqual(resources);
    },
  },
  {
    rule: 'concurrent provisions with equal specifications have one effect',
    async run(trial) {
      const instances = await Promise.all([trial.fresh(), trial.fresh()]);
      const spec = trial.spec(trial.tenant());
      const calls = [...instances, ...instances].map((provider) => provider.provision(spec));
      for (const answer of await Promise.all(calls)) expect(['success', 'in_progress']).toContain(answer.status);
      await expectServes(trial, instances[0], spec, 1);
      const together = (await trial.inventory()).length;
      const alone = trial.spec(trial.tenant());
      await trial.up(instances[1], alone);
      expect((await trial.inventory()).length - together, 'resources of a tenant provisioned once').toBe(together);
      expect(await heldIds(instances[0])).toEqual([spec.tenant_id, alone.tenant_id].toSorted());
    },
  },
  {
    rule: 'provision of an existing tenant with another specification is refused with TenantExistsError',
    async run(trial) {
      const { provider, spec, resources } = await trial.started();
      await refusal((await trial.fresh()).provision(trial.spec(spec.tenant_id, 2)), TenantExistsError);
      expect(await trial.inventory()).toEqual(resources);
      await expectServes(trial, provider, spec, 1);
    },
  },
  {
    rule: 'of two concurrent provisions with different specifications one wins and the other is refused',
    async run(trial) {
      const tenantId = trial.tenant();
      const specs = [trial.spec(tenantId, 1), trial.spec(tenantId, 2)];
      const calls = specs.map(async (spec) => (await trial.fresh()).provision(spec));
      const ends = await Promise.allSettled(calls);
      const winner = ends.findIndex(({ status }) => status === 'fulfilled');
      const losers = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      expect(losers, 'the refusals').toEqual([expect.any(TenantExistsError)]);
      await expectServes(trial, await trial.fresh(), specs[winner] as TenantComputeSpec, winner + 1);
    },
  },
  {
    rule: 'a failed provision is reported, and leaves nothing or what list returns and destroy removes',
    async run(trial) {
      const provider = await trial.fresh();
      const before = await trial.inventory();
      const spec = trial.failingSpec(trial.tenant());
      await expectProvisionFails(trial, provider, spec);
      const left = (await trial.inventory()).filter((name) => !before.includes(name));
      expect(await heldIds(provider), 'listed after a failure').toEqual(left.length > 0 ? [spec.tenant_id] : []);
      const fresh = await trial.fresh();
      await fresh.destroy(spec.tenant_id);
      await expectGone(fresh, spec.tenant_id);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'after a failed provision a corrected specification starts the tenant',
    async run(trial) {
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      await expectProvisionFails(trial, provider, trial.failingSpec(tenantId));
      const corrected = trial.spec(tenantId, 2);
      const isHeld = (await heldIds(provider)).includes(tenantId);
      if (isHeld) await provider.update(tenantId, corrected);
      else await provider.provision(corrected);
      await expectServes(trial, provider, corrected, 2);
    },
  },
  {
    rule: 'a host_port is honoured if the capabilities say so, and a taken one is a ResourceConflictError',
    async run(trial) {
      const provider = await trial.fresh();
      if (!(await trial.capabilities()).host_ports) return;
      const server = createServer();
      const port = await listen(server);
      const spec = withHostPort(trial.spec(trial.tenant()), port);
      const before = await trial.inventory();
      await refusal(provider.provision(spec), ResourceConflictError).finally(() => stop(server));
      await provider.destroy(spec.tenant_id);
      expect(await trial.inventory()).toEqual(before);
      const { endpoints } = await trial.up(provider, spec);
      expect(endpoints.map((endpoint) => endpoint.port)).toContain(port);
      await refusal(provider.provision(withHostPort(trial.spec(trial.tenant()), port)), ResourceConflictError);
    },
  },
];

function withHostPort(spec: TenantComputeSpec, host_port: number): TenantComputeSpec {
  const [first, ...others] = spec.containers;
  const [mapping = { container_port: 8080, protocol: 'tcp' as const }, ...more] = first?.ports ?? [];
  const containers = first ? [{ ...first, ports: [{ ...mapping, host_port }, ...more] }, ...others] : [];
  return { ...spec, containers };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function stop(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
