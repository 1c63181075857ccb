import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { LeanLogger } from '../../functions/runtime/telemetry/lean-logger.ts';
import { createMetrics } from '../../functions/runtime/telemetry/metrics.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

type Extra = Parameters<PowertoolsLogger['info']>[1];

/** The records that Powertools' own logger, and ours, make of the same call at the same time. */
function both(level: Level, message: string, ...extra: Extra[]) {
  return bothWithin(undefined, level, message, ...extra);
}

/** The same within a context, which Powertools is given as what goes before all else. */
function bothWithin(context: object | undefined, level: Level, message: string, ...extra: Extra[]) {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 25, 9, 30), toFake: ['Date'] });
  const lines: { own: string[]; lean: string[] } = { own: [], lean: [] };
  class Own extends PowertoolsLogger {
    protected override printLog(...[, item]: Parameters<PowertoolsLogger['printLog']>): void {
      item.prepareForPrint();
      lines.own.push(JSON.stringify(item.getAttributes(), this.getJsonReplacer()));
    }
  }
  const own = new Own({ serviceName: 'berth', logLevel: 'DEBUG' });
  const write = (line: string) => lines.lean.push(line);
  const lean = new LeanLogger({ serviceName: 'berth', logLevel: 'DEBUG', write, context: () => context });
  own[level](message, ...([...(context ? [context] : []), ...extra] as [Record<string, unknown>]));
  lean[level](message, ...(extra as [Record<string, unknown>]));
  vi.useRealTimers();
  return { own: lines.own.map((line) => JSON.parse(line)), lean: lines.lean.map((line) => JSON.parse(line)) };
}

function expectSame(level: Level, message: string, ...extra: Parameters<typeof both>[2][]): void {
  const { own, lean } = both(level, message, ...extra);
  expect(own.length).toBeGreaterThan(0);
  expect(lean).toEqual(own);
}

const circular: Record<string, unknown> = { name: 'round' };
circular.self = circular;

describe('a line is, field by field, what Powertools writes', () => {
  test.each(levels)('at the level %s', (level) => expectSame(level, 'tenant destroyed', { tenant_id: 'acme' }));

  test.each<[string, Record<string, unknown>]>([
    ['flat facts', { component: 'http', status: 201, duration: 0.25, ready: true, changes: ['/labels', '/resources'] }],
    ['what says nothing', { a: '', b: null, c: undefined, d: [], e: 0, f: false, g: Number.NaN }],
    ['nested facts', { report: { reconciled: 3, inventory: [{ provider: 'memory', orphans: [] }] }, list: [1, null] }],
    ['errors', { error: new TypeError('no', { cause: new Error('why') }), inner: { error: new Error('deep') } }],
    ['numbers beyond JSON', { big: 2n ** 80n, in: { big: 1n } }],
    ['circles', { circular }],
    ['functions and symbols', { call: () => 1, symbol: Symbol('s'), date: new Date(0), map: new Map([[1, 2]]) }],
    ['keys that are reserved', { service: 'other', level: 'LOUD', timestamp: 1, message: 'no', sampling_rate: 1 }],
    ['keys that poison', JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2},"prototype":"c"}')],
    ['what has a JSON of its own', { toJSON: () => 'other', list: Object.assign(['a'], { toJSON: () => 'other' }) }],
    ['keys of the record itself', { xray_trace_id: 'own', cold_start: true, prototype: 'c' }],
    ['control characters', { tenant_id: 'a\r\n\u001b[31m\u2028', text: '\ud800' }],
  ])('for %s', (_what, fields) => expectSame('info', 'constant', fields));

  test('for more than one extra, an error alone, a text, and an empty message', () => {
    expectSame('info', 'constant', { a: 1 }, { b: 2, a: 3 });
    expectSame('error', 'constant', new Error('alone'));
    expectSame('info', 'constant', 'text');
    expectSame('info', '');
  });

  test.each([
    ['_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1'],
    ['TZ', 'Europe/Berlin'],
    ['TZ', ':UTC'],
  ])('with %s=%s', (name, value) => {
    vi.stubEnv(name, value);
    expectSame('info', 'constant', { tenant_id: 'acme' });
  });

  test('where debugging is sampled, which is said while the logger is made', () => {
    vi.stubEnv('POWERTOOLS_LOGGER_SAMPLE_RATE', '1');
    const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const { own, lean } = both('debug', 'constant', { tenant_id: 'acme' });
    expect(said).toHaveBeenCalledWith(expect.stringContaining('Setting log level to DEBUG'), expect.anything());
    said.mockRestore();
    expect(own.at(-1)).toMatchObject({ level: 'DEBUG', sampling_rate: 1 });
    expect(lean).toEqual([own.at(-1)]);
  });

  const value = fc.oneof(fc.jsonValue(), fc.anything({ withBigInt: true, withDate: true }));

  test('for whatever else is given', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), value), (fields) => expectSame('info', 'constant', fields)));
  });

  test('for fields that are no plain object', () => {
    class Facts {
      tenant_id = 'acme';
      toJSON(): string {
        return 'other';
      }
    }
    for (const fields of [new Facts(), new Date(0), Object.create(null, {}), ['a']]) {
      expectSame('info', 'constant', fields as unknown as Record<string, unknown>);
    }
  });

  test.each<[string, Record<string, unknown>]>([
    ['of its own', { tenant_id: 'acme' }],
    ['that the context has too', { operation: 'other' }],
    ['that say nothing where the context has something', { operation: '' }],
    ['that are nested', { report: { operation: 'inner' } }],
  ])('within a context, for facts %s', (_what, fields) => {
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793');
    for (const context of [
      { operation: 'outer', request_id: 'r' },
      { operation: 'outer', empty: '' },
      { operation: {} },
    ]) {
      const { own, lean } = bothWithin(context, 'info', 'constant', fields);
      expect(lean).toEqual(own);
    }
  });

  test('within any context', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'xray_trace_id');
    const some = fc.dictionary(key, value);
    fc.assert(
      fc.property(some, some, (context, fields) => {
        const { own, lean } = bothWithin(context, 'info', 'constant', fields);
        expect(lean).toEqual(own);
      }),
    );
  });
});

test('each line has the context and the trace that hold when it is written', () => {
  const lines: Record<string, unknown>[] = [];
  let context: object | undefined;
  const logger = new LeanLogger({
    serviceName: 'b',
    write: (line) => lines.push(JSON.parse(line)),
    context: () => context,
  });
  for (const request_id of ['1', '2', undefined, undefined, '1']) {
    context = request_id === undefined ? undefined : { request_id };
    vi.stubEnv('_X_AMZN_TRACE_ID', `trace-${lines.length}`);
    logger.info('constant');
    logger.info('constant', { a: 1 });
  }
  expect(lines.map((line) => [line.request_id, line.xray_trace_id])).toEqual(
    [0, 1, 2, 3, 4].flatMap((turn) => {
      const of = [['1', '2', undefined, undefined, '1'][turn], `trace-${turn * 2}`];
      return [of, of];
    }),
  );
});

test('Powertools is only asked for lines that are not the usual ones', () => {
  const made = vi.spyOn(PowertoolsLogger.prototype, 'createAndPopulateLogItem');
  const context = { request_id: 'r' };
  const within = [undefined, context].map(
    (given) => new LeanLogger({ serviceName: 'b', write() {}, context: () => given }),
  );
  made.mockClear();
  for (const logger of within) logger.info('constant', { tenant_id: 'acme', duration: 1, changes: ['/a'], detail: '' });
  expect(made).not.toHaveBeenCalled();
  for (const logger of within) logger.info('constant', { report: {} });
  expect(made).toHaveBeenCalledTimes(2);
  made.mockRestore();
});

test('lines below the level are not written', () => {
  const write = vi.fn();
  const logger = new LeanLogger({ serviceName: 'berth', logLevel: 'WARN', write });
  logger.info('no', { a: 1 });
  logger.info('no', { a: {} });
  expect(write).not.toHaveBeenCalled();
});

describe('a metric record', () => {
  const metric = { operation: 'provision', provider: 'memory', outcome: 'success', duration: 12.34567 } as const;

  test('is, field by field, what Powertools writes', () => {
    vi.useFakeTimers({ now: 1_764_000_000_000, toFake: ['Date'] });
    const powertools = new PowertoolsMetrics({ namespace: 'Berth', serviceName: 'berth' });
    const { duration, ...dimensions } = metric;
    powertools.addDimensions(dimensions);
    powertools.addMetric('Operations', MetricUnit.Count, 1);
    powertools.addMetric('OperationDuration', MetricUnit.Milliseconds, 12.346);
    const lines: unknown[] = [];
    createMetrics({ write: (line) => lines.push(JSON.parse(line)) }).recordOperation(metric);
    expect(lines).toEqual([powertools.serializeMetrics()]);
    expect(JSON.stringify(lines[0])).toBe(JSON.stringify(powertools.serializeMetrics()));
  });

  test('is not written where Powertools is told to keep metrics back', () => {
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
    const write = vi.fn();
    createMetrics({ write }).recordOperation(metric);
    expect(write).not.toHaveBeenCalled();
  });
});
