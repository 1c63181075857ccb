import { randomUUID } from 'node:crypto';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { changedFields, specHash } from '../../compute/spec/spec-diff.ts';
import type { MemoryRecord, MemoryRollout } from './backend.ts';
import type { Fault, MemoryConfig } from './config.ts';
import { failureOf, hashesOf, observe } from './mapping.ts';

interface RolloutOptions {
  at: number;
  config: MemoryConfig;
  fault: Fault | undefined;
  spec_hash: string | undefined;
  restart: string | undefined;
}

/** Returns the rollout of a version that begins. */
export function newRollout(
  before: MemoryRecord | undefined,
  spec: TenantComputeSpec,
  { at, config, fault, spec_hash, restart }: RolloutOptions,
): MemoryRollout {
  const { serving } = observe(before, at);
  const gate = gateOfNext(before, spec_hash ?? specHash(spec), { now: at, wait: config.approval_ms });
  return {
    spec: structuredClone(spec),
    changes: serving ? changedFields(serving, spec) : [],
    ends_at: at + config.in_progress_ms,
    healthy: fault === undefined,
    ...(fault && { failure: failureOf(spec, fault) }),
    spec_hash,
    ...(restart !== undefined && { restart }),
    ...(gate && { gate }),
  };
}

/** Returns the gate at which the next version of a tenant waits. The version that serves waits at none. */
function gateOfNext(
  before: MemoryRecord | undefined,
  specHash: string,
  { now, wait }: { now: number; wait: number | undefined },
): MemoryRollout['gate'] {
  const serving = before && !before.stopped ? hashesOf(before, now).serving : undefined;
  if (wait === undefined || serving === undefined || serving === specHash) return undefined;
  return { id: `gate-${randomUUID()}`, since: now, until: now + wait };
}

/** Returns the record whose version has passed a gate, or undefined where it does not wait there. */
export function passedGate(
  record: MemoryRecord,
  gate: string,
  { now, rest }: { now: number; rest: number },
): MemoryRecord | undefined {
  const { rollout } = record;
  if (rollout?.gate?.id !== gate || observe(record, now).pending === undefined) return undefined;
  const { gate: _, ...passed } = rollout;
  return { ...record, rollout: { ...passed, ends_at: now + rest } };
}
