import { possibleIn } from '../../../../src/rollouts/decide/control.ts';
import { type Rollout, sizeOf } from '../../../../src/rollouts/model/rollout.ts';
import { viewWaves } from '../../../../src/rollouts/model/waves.ts';
import type { RolloutTenant } from '../../../../src/rollouts/rollout-reader.ts';
import { REDACTED } from '../../../../src/tenants/decide/redaction.ts';
import type { RolloutTenantList, RolloutView } from './views.ts';

type Json = Readonly<Record<string, unknown>>;

/** Returns a rollout as callers see it: without what only the worker needs, and with env values redacted. */
export function viewRollout(rollout: Rollout): RolloutView {
  const { spec, phase, reason, failures, created_at, started_by, ended_at = null } = rollout;
  const { rollout_id, select, change, ...shown } = spec;
  const { tenant_ids, ...conditions } = select;
  return {
    rollout_id,
    phase,
    reason,
    spec: {
      ...shown,
      waves: [...shown.waves],
      select: { ...conditions, ...(tenant_ids && { tenant_ids: [...tenant_ids] }) },
      change: redactChange(change),
    },
    tenants: sizeOf(rollout),
    waves: viewWaves(rollout),
    failures,
    possible: [...possibleIn(rollout)],
    created_at,
    started_by,
    ended_at,
  };
}

/** Returns a tenant of a rollout as callers see it. */
export function viewRolloutTenant(tenant: RolloutTenant): RolloutTenantList['tenants'][number] {
  const { tenant_id, wave, outcome, detail = '', from_revision, to_revision = null, operation_id = null } = tenant;
  return { tenant_id, wave, outcome, detail, from_revision, to_revision, operation_id };
}

function redactChange(change: Json): Record<string, unknown> {
  const { containers } = change;
  if (!isObject(containers)) return { ...change };
  const redacted = Object.entries(containers).map(([name, patch]) => [
    name,
    isObject(patch) ? redactPatch(patch) : patch,
  ]);
  return { ...change, containers: Object.fromEntries(redacted) };
}

function redactPatch(patch: Json): Json {
  const { env } = patch;
  if (!isObject(env)) return patch;
  const values = Object.entries(env).map(([name, value]) => [name, value === null ? null : REDACTED]);
  return { ...patch, env: Object.fromEntries(values) };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
