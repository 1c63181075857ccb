import { describe, expect, it } from 'vitest';
import { toEndpoints, toProvisionResult, toStatus } from '../../../src/providers/process/mapping.ts';
import type { Instance, TenantRecord } from '../../../src/providers/process/records/record.ts';
import { newRecord } from '../../../src/providers/process/records/transitions.ts';
import { specOf, web, worker } from './lab.ts';

const run = { run_id: 'run-1', spawned_at: 0, pid: 4711, start_time: 'then', was_ready: true };
const healthy: Instance = {
  id: 'instance-1',
  container: 'web',
  digest: 'd',
  ports: [{ container_port: 8080, host_port: 5001, protocol: 'tcp', published: true }],
  run,
  ready: true,
  was_ready: true,
  restart_count: 2,
};

function recordOf(instance: Partial<Instance>, more: Partial<TenantRecord> = {}): TenantRecord {
  const record = newRecord(specOf([web()]), 'hash-1', Date.UTC(2026, 0, 2));
  return { ...record, phase: 'serving', instances: [{ ...healthy, ...instance }], ...more };
}

const alive = new Set(['run-1']);
const crashed = { run: undefined, ready: false, last_exit: 'exited with code 3', next_start_at: Date.UTC(2026, 0, 3) };

describe('toStatus', () => {
  it.each([
    ['a ready container', {}, {}, alive, 'running', 'healthy', ''],
    ['a process that disappeared', {}, {}, new Set<string>(), 'starting', 'unhealthy', 'is about to start'],
    [
      'a crash',
      crashed,
      {},
      alive,
      'starting',
      'unhealthy',
      'exited with code 3; restarts at 2026-01-03T00:00:00.000Z',
    ],
    [
      'a container that became unhealthy',
      { ready: false, health_error: 'it answered HTTP 500' },
      {},
      alive,
      'running',
      'unhealthy',
      'health check: it answered HTTP 500',
    ],
    [
      'a first start',
      { ready: false, was_ready: false, run: { ...run, was_ready: false } },
      { phase: 'starting' as const },
      alive,
      'starting',
      'unknown',
      '',
    ],
    [
      'a failure',
      { run: undefined, ready: false, last_exit: 'x' },
      { phase: 'failed' as const },
      alive,
      'failed',
      'unhealthy',
      'x',
    ],
    ['a destroy', {}, { phase: 'destroying' as const }, alive, 'stopping', 'unknown', ''],
  ])('reports %s', (_, instance, record, living, state, health, message) => {
    const status = toStatus(recordOf(instance, record), 'process', living);
    expect(status).toMatchObject({ state, health, containers: [{ name: 'web', state, restart_count: 2, message }] });
  });

  it('has the hashes of the serving, the pending and the failed version in its metadata', () => {
    const spec = specOf([web()]);
    const rollout = { spec, spec_hash: 'hash-2', changes: [], begun_at: 0, instances: [] };
    const failure = { spec_hash: 'hash-0', message: 'no' };
    const metadata = (record: Partial<TenantRecord>) => toStatus(recordOf({}, record), 'process', alive).metadata;
    expect(metadata({})).toEqual({ spec_hash: 'hash-1' });
    expect(metadata({ rollout })).toEqual({ spec_hash: 'hash-1', pending_spec_hash: 'hash-2' });
    expect(metadata({ phase: 'starting' })).toEqual({ pending_spec_hash: 'hash-1' });
    expect(metadata({ failure })).toEqual({ spec_hash: 'hash-1', failed_spec_hash: 'hash-0', failure: 'no' });
  });
});

describe('toEndpoints', () => {
  it('has type http for ports that are probed by http or named so, else the protocol', () => {
    const port = { container_port: 1, host_port: 5000, protocol: 'tcp' as const, published: true };
    const spec = specOf([web({ health_check: { type: 'http', port: 2 } }), worker()]);
    const ports = [
      { ...port, name: 'metrics' },
      { ...port, container_port: 2, host_port: 5002 },
      { ...port, container_port: 3, host_port: 5003, name: 'http-admin' },
      { ...port, container_port: 4, host_port: 5004, protocol: 'udp' as const, name: 'http-three' },
      { ...port, container_port: 5, host_port: 5005, published: false },
    ];
    const types = toEndpoints(spec, [{ ...healthy, ports }]).map(({ type, port: at, url }) => [type, at, url]);
    expect(types).toEqual([
      ['tcp', 5000, undefined],
      ['http', 5002, 'http://127.0.0.1:5002'],
      ['http', 5003, 'http://127.0.0.1:5003'],
      ['udp', 5004, undefined],
    ]);
  });
});

describe('toProvisionResult', () => {
  it('has resource ids that outlive a restart', () => {
    const before = toProvisionResult(recordOf({}), 'process');
    expect(before.resource_ids).toEqual({ 'containers/web': 'process:instance-1' });
    expect(before.provisioned_at).toBe('2026-01-02T00:00:00.000Z');
    expect(toProvisionResult(recordOf({ run: { ...run, pid: 1 } }), 'process')).toEqual(before);
  });
});
