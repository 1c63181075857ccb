import { expect } from 'vitest';
import * as z from 'zod';
import { ComputeError, errorCatalog } from '../../../src/compute/errors.ts';
import { ComputeStatus, ProvisionResult, UpdateResult } from '../../../src/compute/results.ts';
import { thrownBy } from '../expectations.ts';
import type { SpecOptions } from '../harness.ts';
import type { Rule, Trial } from '../trial.ts';

const UtcTime = z.iso.datetime();
const canary = 'canary-7f3a9c51d2e8';

/** Rules about every result, error and log line of a provider. */
export const conductRules: readonly Rule[] = [
  {
    rule: 'results match their schemas, echo the ids, and have times in UTC',
    async run(trial) {
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      const ids = { tenant_id: tenantId, provider_type: provider.name };
      const provisioned = await provider.provision(trial.spec(tenantId));
      expectShape(z.strictObject(ProvisionResult.shape), provisioned, ids, provisioned.provisioned_at);
      const status = await trial.running(provider, tenantId);
      expectShape(z.strictObject(ComputeStatus.shape), status, ids, status.last_updated);
      const updated = await provider.update(tenantId, trial.spec(tenantId, 2));
      expectShape(z.strictObject(UpdateResult.shape), updated, ids, updated.updated_at);
      await trial.settle(provider, tenantId);
      const unchanged = await provider.update(tenantId, trial.spec(tenantId, 2));
      expectShape(z.strictObject(UpdateResult.shape), unchanged, ids, unchanged.updated_at);
    },
  },
  {
    rule: 'provision and getStatus return the same well-formed endpoints',
    async run(trial) {
      const { provider, spec, status } = await trial.started();
      const { endpoints = [] } = await provider.provision(spec);
      expect(status.endpoints ?? []).toEqual(endpoints);
      for (const { url, address } of endpoints) {
        expect(address).not.toBe('');
        if (url !== undefined) expect(URL.canParse(url), `a URL: ${url}`).toBe(true);
      }
    },
  },
  {
    rule: 'every refusal is a ComputeError with a specific message and a hint',
    async run(trial) {
      await tour(trial, {});
      expect(trial.thrown.length, 'refusals').toBeGreaterThan(3);
      for (const error of trial.thrown) {
        expect(error).toBeInstanceOf(ComputeError);
        const { code, message, hint } = error as ComputeError;
        expect(message.length, message).toBeGreaterThan(errorCatalog[code].prefix.length + 2);
        expect(message.length, message).toBeLessThan(2048);
        expect(hint).not.toBe('');
      }
    },
  },
  {
    rule: 'results, errors and log lines contain no env value and no secret',
    async run(trial) {
      await tour(trial, { canary });
      const leaks = trial.transcript.filter((text) => text.includes(canary));
      expect(leaks, 'texts that contain a secret').toEqual([]);
    },
  },
  {
    rule: 'command lines, labels and other public data contain no env value and no secret',
    needs: ['exposed'],
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.spec(trial.tenant(), 1, { canary });
      expect(JSON.stringify(spec), 'the specification').toContain(canary);
      await trial.up(provider, spec);
      expect((await trial.harness.exposed?.())?.includes(canary), 'a secret is exposed').toBe(false);
    },
  },
  {
    rule: 'a call does not change the specification it is given',
    async run(trial) {
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      for (const version of [1, 2]) {
        const spec = trial.spec(tenantId, version);
        const before = structuredClone(spec);
        await provider.validate(spec);
        if (version === 1) await provider.provision(spec);
        else await provider.update(tenantId, spec);
        await trial.settle(provider, tenantId);
        expect(spec).toEqual(before);
      }
    },
  },
];

/** The manager fills in fields that a provider omits; fields that it sets have to be valid. */
function expectShape(schema: z.ZodType, answer: unknown, ids: object, time: string | undefined): void {
  expect(schema.safeParse(answer).error).toBeUndefined();
  expect(answer).toMatchObject(ids);
  if (time !== undefined) expect(UtcTime.safeParse(time).success, `an ISO time in UTC: ${time}`).toBe(true);
}

/** Runs through calls that succeed and calls that are refused. The trial records what is thrown. */
async function tour(trial: Trial, options: Partial<SpecOptions>): Promise<void> {
  const provider = await trial.fresh();
  const tenantId = trial.tenant();
  const spec = trial.spec(tenantId, 1, options);
  const next = trial.spec(tenantId, 2, options);
  const invalid = { ...next, provider_config: { ...next.provider_config, no_such_setting: options.canary ?? 1 } };
  await thrownBy(provider.validate(invalid));
  await thrownBy(provider.getStatus(tenantId));
  await thrownBy(provider.update(tenantId, spec));
  await provider.validate(spec);
  await trial.up(provider, spec);
  await thrownBy(provider.provision(next));
  await thrownBy(provider.update(tenantId, invalid));
  await thrownBy(provider.update(tenantId, trial.failingSpec(tenantId, 3, options)));
  await trial.settle(provider, tenantId);
  await provider.update(tenantId, next);
  await trial.settle(provider, tenantId);
  await Array.fromAsync(provider.list());
  await provider.destroy(tenantId);
  const failing = trial.failingSpec(trial.tenant(), 1, options);
  await thrownBy(provider.provision(failing));
  await thrownBy(trial.settle(provider, failing.tenant_id));
  await provider.destroy(failing.tenant_id);
}
