import type { ComputeStatus, Tenant } from '../../api/types.ts';

/** The change that the room shows: two revisions of a tenant, and when it ends by itself. */
export interface ShownChange {
  isRunning: boolean;
  /** The revision before; undefined for one that changes no specification, and for the first. */
  from: number | undefined;
  to: number;
  /** What the new version waits for. Empty where the provider does not tell, or there is none. */
  waitsFor: string;
  /** When it is given up at the latest. */
  until: string | undefined;
}

/** Returns the latest change of a tenant. While it runs, the version before is the one that serves. */
export function changeOf(tenant: Tenant, status: ComputeStatus | undefined): ShownChange {
  const { last_operation: last, serving_revision: serving, revision } = tenant;
  const isRunning = last.state === 'running';
  const to = last.revision ?? revision;
  const before = isRunning && serving !== null ? serving : to - 1;
  const changesSpec = last.type === 'update' || last.type === 'rollback' || last.type === 'provision';
  const ends = [status?.metadata.pending_until, last.deadline_at].filter((end) => end !== undefined);
  return {
    isRunning,
    from: changesSpec && before >= 1 && before !== to ? before : undefined,
    to,
    waitsFor: isRunning ? (status?.metadata.pending_message ?? '') : '',
    until: isRunning ? ends.sort()[0] : undefined,
  };
}
