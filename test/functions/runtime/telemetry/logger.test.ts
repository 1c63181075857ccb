import { afterEach, expect, test, vi } from 'vitest';
import { createLogger, type LogContext, logContext } from '../../../../functions/runtime/telemetry/logger.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Returns a logger and the lines that it writes. */
function setUp(options: Parameters<typeof createLogger>[0] = {}) {
  const lines: string[] = [];
  return { logger: createLogger({ write: (line) => lines.push(line), ...options }), lines };
}

const context: LogContext = {
  operation: 'get-tenant',
  request_id: 'request-1',
  function_name: 'berth-test',
  function_request_id: 'lambda-1',
};

test('a line carries level, message, time, service, context and facts', () => {
  const { logger, lines } = setUp({ service: 'berth-eu' });
  const facts = { status: 201, changes: ['/labels'], report: { reconciled: 3 } };
  logContext.run(context, () => logger.info('constant', facts));
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: 'INFO',
      message: 'constant',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'berth-eu',
      sampling_rate: 0,
      ...context,
      ...facts,
    },
  ]);
});

test('a fact takes precedence over the context', () => {
  const { logger, lines } = setUp();
  logContext.run(context, () => logger.info('constant', { operation: 'other' }));
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ operation: 'other', request_id: 'request-1' });
});

test('a line has the context and the trace of the moment at which it is written', () => {
  const { logger, lines } = setUp();
  for (const request_id of ['1', undefined, '2']) {
    vi.stubEnv('_X_AMZN_TRACE_ID', `Root=trace-${request_id}`);
    if (request_id) logContext.run({ ...context, request_id }, () => logger.info('constant'));
    else logger.info('constant');
  }
  const written = lines.map((line) => JSON.parse(line));
  expect(written.map((line) => [line.request_id, line.xray_trace_id])).toEqual([
    ['1', 'trace-1'],
    [undefined, 'trace-undefined'],
    ['2', 'trace-2'],
  ]);
});

test('a field named message is logged as detail, without a warning', () => {
  const { logger, lines } = setUp();
  logger.info('constant', { message: 'variable' });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ message: 'constant', detail: 'variable' }),
  ]);
});

test('line ends and control characters stay within their line', () => {
  const { logger, lines } = setUp();
  logger.info('constant', { tenant_id: 'a\r\n{"level":"ERROR"}\u001b[31m' });
  expect(lines).toHaveLength(1);
  expect([...(lines[0] ?? '')].filter((character) => character < ' ')).toEqual([]);
});

test('values that JSON cannot hold do not fail the line', () => {
  const { logger, lines } = setUp();
  const circular: Record<string, unknown> = { big: 2n ** 80n };
  circular.self = circular;
  logger.error('constant', { circular, error: new TypeError('no') });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { name: 'TypeError', message: 'no' } });
});

test('lines below the level are not written', () => {
  const { logger, lines } = setUp({ level: 'WARN' });
  logger.debug('no');
  logger.info('no');
  logger.warn('yes');
  logger.error('yes');
  expect(lines).toHaveLength(2);
});

test('lines that Powertools writes while the logger is created go to standard output', () => {
  vi.stubEnv('POWERTOOLS_LOGGER_SAMPLE_RATE', '1');
  const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const { logger, lines } = setUp();
  expect(output).toHaveBeenCalledWith(expect.stringContaining('Setting log level to DEBUG'), expect.anything());
  logger.debug('constant');
  expect(lines).toHaveLength(1);
});
