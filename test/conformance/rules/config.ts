import { expect } from 'vitest';
import * as z from 'zod';
import { Capabilities } from '../../../src/compute/capabilities/capabilities.ts';
import { InvalidSpecError, UnsupportedError } from '../../../src/compute/errors.ts';
import { configSchemaOf, type Provider } from '../../../src/compute/provider.ts';
import { PROVIDER_NAME } from '../../../src/compute/spec/names.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { refusal, thrownBy } from '../expectations.ts';
import { fieldCases } from '../ignorable-fields.ts';
import type { Rule, Trial } from '../trial.ts';

/** Rules about what a provider declares, and what it checks before it acts. */
export const configRules: readonly Rule[] = [
  {
    rule: 'the name and the capabilities are valid',
    async run(trial) {
      const { name, capabilities = {} } = await trial.fresh();
      expect(name).toMatch(PROVIDER_NAME);
      expect(z.strictObject(Capabilities.shape).safeParse(capabilities).error).toBeUndefined();
    },
  },
  {
    rule: 'the configuration schema converts to JSON Schema, describes every setting and refuses unknown ones',
    async run(trial) {
      const configSchema = await configSchemaOf(await trial.fresh());
      if (!configSchema) return;
      const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'throw' }) as {
        properties?: Record<string, { description?: string }>;
        additionalProperties?: unknown;
      };
      expect(schema.additionalProperties, 'additionalProperties').toBe(false);
      const undescribed = Object.entries(schema.properties ?? {}).filter(([, { description }]) => !description);
      expect(
        undescribed.map(([setting]) => setting),
        'settings without a description',
      ).toEqual([]);
    },
  },
  {
    rule: 'validate accepts a specification that can run, without side effects',
    async run(trial) {
      const provider = await trial.fresh();
      const before = await trial.inventory();
      const answer = await provider.validate(trial.spec(trial.tenant()));
      expect(answer?.warnings ?? []).toEqual(expect.any(Array));
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'validate reports every unknown setting with a pointer into /provider_config',
    async run(trial) {
      const provider = await trial.fresh();
      const spec = withSettings(trial.spec(trial.tenant()), { no_such_setting: 1, 'nor/this': true });
      const { issues } = await refusal(provider.validate(spec), InvalidSpecError);
      const pointers = issues.map(({ pointer }) => pointer).toSorted();
      expect(pointers).toEqual(['/provider_config/no_such_setting', '/provider_config/nor~1this']);
    },
  },
  {
    rule: 'validate warns of each optional field that the provider ignores, and of none that it honours',
    async run(trial) {
      const provider = await trial.fresh();
      const capabilities = await trial.capabilities();
      const plain = trial.spec(trial.tenant());
      const usual = new Set((await provider.validate(plain))?.warnings);
      for (const [field, { set, mentions, ofContainer, honoured }] of fieldCases) {
        const warnings = await warningsUnlessRefused(provider, validateComputeSpec(set(plain)));
        if (!warnings) continue;
        const texts = [...mentions, ...(ofContainer ? [plain.containers[0]?.name ?? ''] : [])];
        const added = warnings.filter((warning) => !usual.has(warning));
        const isWarned = added.some((warning) => texts.every((text) => warning.includes(text)));
        const isHonoured = honoured?.(capabilities) ?? trial.honours.includes(field);
        expect(isWarned, `a warning that ${field} is ignored, among: ${added.join(' | ')}`).toBe(!isHonoured);
      }
    },
  },
  {
    rule: 'provision refuses a specification that breaks a rule of the provider, and creates nothing',
    async run(trial) {
      const provider = await trial.fresh();
      const before = await trial.inventory();
      const spec = withSettings(trial.spec(trial.tenant()), { no_such_setting: 1 });
      await refusal(provider.provision(spec), InvalidSpecError);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'update refuses a specification that breaks a rule of the provider, and changes nothing',
    async run(trial) {
      const { provider, tenantId, status: before, resources } = await trial.started();
      const spec = withSettings(trial.spec(tenantId, 2), { no_such_setting: 1 });
      await refusal(provider.update(tenantId, spec), InvalidSpecError);
      expect(await trial.inventory()).toEqual(resources);
      expect((await trial.running(provider, tenantId)).metadata).toEqual(before.metadata);
    },
  },
  {
    rule: 'validate accepts exactly the types of health checks that the capabilities list',
    async run(trial) {
      const { health_checks } = await trial.capabilities();
      for (const type of ['http', 'tcp', 'exec'] as const) {
        const spec = withHealthCheck(trial.spec(trial.tenant()), type);
        await expectAccepted(trial, spec, health_checks.includes(type), `a health check of type ${type}`);
      }
    },
  },
  {
    rule: 'validate refuses a secret whose source the capabilities do not list',
    async run(trial) {
      const spec = trial.spec(trial.tenant());
      const secret = { name: 'key', source: 'no-such-source', key: 'some/key', env_var: 'NO_SUCH_KEY' };
      await expectAccepted(trial, { ...spec, secrets: [secret] }, false, 'a secret of an unknown source');
    },
  },
  {
    rule: 'if allowed_registries is set, images of other registries are refused, and a specification cannot change it',
    async run(trial) {
      const configSchema = await configSchemaOf(await trial.fresh());
      if (!configSchema || !hasSetting(configSchema, 'allowed_registries')) return;
      const { tenantId, resources: before } = await trial.started();
      const provider = await trial.fresh({ allowedRegistries: ['allowed.example', 'docker.io'] });
      const good = withImages(trial.spec(tenantId), ['allowed.example/team/app:2', 'worker:2']);
      await provider.validate(good);
      const bad = withImages(good, ['allowed.example/team/app:2', 'allowed.example.elsewhere:5000/app:2']);
      for (const run of [
        () => provider.validate(bad),
        () => provider.update(tenantId, bad),
        () => provider.provision({ ...bad, tenant_id: trial.tenant() }),
      ]) {
        const { issues } = await refusal(run(), InvalidSpecError);
        expect(issues.map(({ pointer }) => pointer)).toEqual(['/containers/1/image']);
      }
      const widened = withSettings(bad, { allowed_registries: ['allowed.example.elsewhere:5000'] });
      const { issues } = await refusal(provider.validate(widened), InvalidSpecError);
      expect(issues.map(({ pointer }) => pointer)).toContain('/provider_config/allowed_registries');
      expect(await trial.inventory()).toEqual(before);
      // A tenant from before the setting keeps running, and can be destroyed.
      await trial.running(provider, tenantId);
      await provider.destroy(tenantId);
    },
  },
  {
    rule: 'instances with the same settings are at the same place, and every tenant is there',
    async run(trial) {
      const [one, other] = [await trial.fresh(), await trial.fresh()];
      const place = await one.place?.();
      if (!place) return; // a provider that cannot be at two places
      expect(Object.values(place.identity).every((value) => typeof value === 'string' && value !== '')).toBe(true);
      expect((await other.place?.())?.identity).toEqual(place.identity);
      expect((await other.place?.(trial.spec(trial.tenant())))?.identity).toMatchObject(place.identity);
    },
  },
];

/** Returns the warnings of `validate`; undefined if it refuses the specification, which tells the user as well. */
async function warningsUnlessRefused(provider: Provider, spec: TenantComputeSpec): Promise<string[] | undefined> {
  try {
    return (await provider.validate(spec))?.warnings ?? [];
  } catch (error) {
    expect(isRefusal(error), `a refusal with InvalidSpecError or UnsupportedError: ${error}`).toBe(true);
    return undefined;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof InvalidSpecError || error instanceof UnsupportedError;
}

function hasSetting(schema: z.ZodType, setting: string): boolean {
  return setting in (z.toJSONSchema(schema, { io: 'input' }).properties ?? {});
}

/** Returns a specification with one container for each image, all like the first container. */
function withImages(spec: TenantComputeSpec, images: readonly string[]): TenantComputeSpec {
  const [first] = spec.containers;
  if (!first) return spec;
  const { ports: _, ...rest } = first;
  return { ...spec, containers: images.map((image, index) => ({ ...rest, name: `of-${index}`, image })) };
}

function withSettings(spec: TenantComputeSpec, settings: TenantComputeSpec['provider_config']): TenantComputeSpec {
  return { ...spec, provider_config: { ...spec.provider_config, ...settings } };
}

function withHealthCheck(spec: TenantComputeSpec, type: 'http' | 'tcp' | 'exec'): TenantComputeSpec {
  const how = type === 'exec' ? { command: ['true'] } : { port: 8080 };
  const health_check = { type, interval_seconds: 10, timeout_seconds: 4, healthy_threshold: 1, unhealthy_threshold: 3 };
  const containers = spec.containers.map((container) => ({ ...container, health_check: { ...health_check, ...how } }));
  return { ...spec, containers };
}

async function expectAccepted(trial: Trial, spec: TenantComputeSpec, accepted: boolean, what: string): Promise<void> {
  const error = await thrownBy((await trial.fresh()).validate(spec));
  if (accepted) expect(error, what).toBeUndefined();
  else expect(isRefusal(error), `${what} is refused with InvalidSpecError or UnsupportedError`).toBe(true);
}
