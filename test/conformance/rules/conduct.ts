import { expect } from 'vitest';
import * as z from 'zod';
import { ComputeError, errorCatalog } from '../../../src/compute/errors.ts';
import { ComputeStatus, ProvisionResult, UpdateResult } from '../../../src/compute/results.ts';
import { thrownBy } from '../expectations.ts';
import type { Rule, SpecOptions } from '../provider-suite.ts';
import type { Trial } from '../trial.ts';

const UtcTime = z.iso.datetime();
const canary = 'canary-7f3a9c51d2e8';

/** What holds for everything a provider says, whatever it is asked. */
export const conductRules: readonly Rule[] = [
  {
    rule: 'answers are of the shape of the results, echo the ids, and give times in UTC',
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
    rule: 'endpoints are told for the published ports, the same by provision and by getStatus',
    async run(trial) {
      const provider = await trial.fresh();
      const spec = trial.spec(trial.tenant());
      const { endpoints = [] } = await trial.up(provider, spec);
      const again = await provider.provision(spec);
      expect(again.endpoints ?? []).toEqual(endpoints);
      for (const { url, address } of endpoints) {
        expect(address).not.toBe('');
        if (url !== undefined) expect(URL.canParse(url), `a URL: ${url}`).toBe(true);
      }
    },
  },
  {
    rule: 'whatever is refused is refused with a ComputeError that says what about',
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
    rule: 'no env value and no secret is in any answer, error or log line',
    async run(trial) {
      await tour(trial, { canary });
      const leaks = trial.transcript.filter((text) => text.includes(canary));
      expect(leaks, 'texts with a secret in them').toEqual([]);
    },
  },
  {
    rule: 'no env value and no secret is where others can read it',
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
    rule: 'specifications are left as they were given',
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

/** What a provider leaves out is filled in by the manager; what it says has to be right. */
function expectShape(schema: z.ZodType, answer: unknown, ids: object, time: string | undefined): void {
  expect(schema.safeParse(answer).error).toBeUndefined();
  expect(answer).toMatchObject(ids);
  if (time !== undefined) expect(UtcTime.safeParse(time).success, `an ISO time in UTC: ${time}`).toBe(true);
}

/** A little of everything: what succeeds, and every refusal that can be had anywhere. The trial keeps what was thrown. */
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
