import { expect } from 'vitest';
import * as z from 'zod';
import { Capabilities } from '../../../src/compute/capabilities.ts';
import { InvalidSpecError, UnsupportedError } from '../../../src/compute/errors.ts';
import { configSchemaOf } from '../../../src/compute/provider.ts';
import { PROVIDER_NAME } from '../../../src/compute/spec/names.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { refusal, thrownBy } from '../expectations.ts';
import type { Rule } from '../provider-suite.ts';
import type { Trial } from '../trial.ts';

/** What a provider says of itself, and what it checks before it does anything. */
export const configRules: readonly Rule[] = [
  {
    rule: 'the name and the capabilities are of the shape the contract gives them',
    async run(trial) {
      const { name, capabilities = {} } = await trial.fresh();
      expect(name).toMatch(PROVIDER_NAME);
      expect(z.strictObject(Capabilities.shape).safeParse(capabilities).error).toBeUndefined();
    },
  },
  {
    rule: 'the configuration schema can be published as JSON Schema, describes every setting and is closed',
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
    rule: 'validate accepts what can run and has no side effect',
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
    rule: 'a provision that breaks the rules of the provider is refused and makes nothing',
    async run(trial) {
      const provider = await trial.fresh();
      const before = await trial.inventory();
      const spec = withSettings(trial.spec(trial.tenant()), { no_such_setting: 1 });
      await refusal(provider.provision(spec), InvalidSpecError);
      expect(await trial.inventory()).toEqual(before);
    },
  },
  {
    rule: 'an update that breaks the rules of the provider is refused and changes nothing',
    async run(trial) {
      const provider = await trial.fresh();
      const tenantId = trial.tenant();
      const before = await trial.up(provider, trial.spec(tenantId));
      const resources = await trial.inventory();
      const spec = withSettings(trial.spec(tenantId, 2), { no_such_setting: 1 });
      await refusal(provider.update(tenantId, spec), InvalidSpecError);
      expect(await trial.inventory()).toEqual(resources);
      expect((await trial.running(provider, tenantId)).metadata).toEqual(before.metadata);
    },
  },
  {
    rule: 'health checks are accepted exactly where the capabilities say so',
    async run(trial) {
      const { health_checks } = await trial.capabilities();
      for (const type of ['http', 'tcp', 'exec'] as const) {
        const spec = withHealthCheck(trial.spec(trial.tenant()), type);
        await expectAccepted(trial, spec, health_checks.includes(type), `a health check of type ${type}`);
      }
    },
  },
  {
    rule: 'a secret of a source that the capabilities do not name is refused',
    async run(trial) {
      const spec = trial.spec(trial.tenant());
      const secret = { name: 'key', source: 'no-such-source', key: 'some/key', env_var: 'NO_SUCH_KEY' };
      await expectAccepted(trial, { ...spec, secrets: [secret] }, false, 'a secret of an unknown source');
    },
  },
  {
    rule: 'where the operator allows some registries only, images of others are refused, whatever the specification sets',
    async run(trial) {
      const configSchema = await configSchemaOf(await trial.fresh());
      if (!configSchema || !hasSetting(configSchema, 'allowed_registries')) return;
      const tenantId = trial.tenant();
      await trial.up(await trial.fresh(), trial.spec(tenantId));
      const before = await trial.inventory();
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
      // What was there before the operator set it goes on, and can be removed.
      await trial.running(provider, tenantId);
      await provider.destroy(tenantId);
    },
  },
];

function hasSetting(schema: z.ZodType, setting: string): boolean {
  return setting in (z.toJSONSchema(schema, { io: 'input' }).properties ?? {});
}

/** The first containers with these images, and no others. */
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
  const refused = error instanceof InvalidSpecError || error instanceof UnsupportedError;
  if (accepted) expect(error, what).toBeUndefined();
  else expect(refused, `${what} is refused with InvalidSpecError or UnsupportedError`).toBe(true);
}
