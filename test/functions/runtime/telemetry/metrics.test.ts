import { afterEach, expect, test, vi } from 'vitest';
import { createMetrics } from '../../../../functions/runtime/telemetry/metrics.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const call = { operation: 'provision', provider: 'memory', outcome: 'success', duration: 12.34567 } as const;

function setUp() {
  const records: Record<string, unknown>[] = [];
  return { metrics: createMetrics({ service: 'berth-eu', write: (line) => records.push(JSON.parse(line)) }), records };
}

test('a call of a provider is one record with its dimensions, its count and its duration', () => {
  const { metrics, records } = setUp();
  metrics.recordOperation(call);
  expect(records).toEqual([
    {
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: 'Berth',
            Dimensions: [['service', 'operation', 'provider', 'outcome']],
            Metrics: [
              { Name: 'Operations', Unit: 'Count' },
              { Name: 'OperationDuration', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      service: 'berth-eu',
      operation: 'provision',
      provider: 'memory',
      outcome: 'success',
      Operations: 1,
      OperationDuration: 12.346,
    },
  ]);
});

test('a record has nothing of the record before it', () => {
  const { metrics, records } = setUp();
  metrics.recordOperation(call);
  metrics.count('Requests', { disposition: 'accepted' });
  metrics.recordSweep(3);
  expect(records.slice(1)).toEqual([
    { _aws: expect.anything(), service: 'berth-eu', disposition: 'accepted', Requests: 1 },
    { _aws: expect.anything(), service: 'berth-eu', Sweeps: 1, SweptTenants: 3, SkippedTenants: 0 },
  ]);
  expect(records[2]).toMatchObject({ _aws: { CloudWatchMetrics: [{ Dimensions: [['service']] }] } });
});

test('without a destination, a record is a line of standard output', () => {
  const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const metrics = createMetrics();
  metrics.recordOperation(call);
  metrics.recordSweep(0);
  expect(output).toHaveBeenCalledTimes(2);
  expect(JSON.parse(String(output.mock.calls[1]?.[0]))).toMatchObject({ service: 'berth', Sweeps: 1 });
});

test('no record is written if POWERTOOLS_METRICS_DISABLED is set', () => {
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
  const { metrics, records } = setUp();
  metrics.recordOperation(call);
  expect(records).toEqual([]);
});
