import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../../../functions/runtime/setup/config.ts';

function mistakes(environment: Record<string, string>): string {
  try {
    readConfig({}, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('readConfig found no mistake');
}

test('without variables, the process provider is registered', () => {
  expect(readConfig({}, {})).toEqual({
    providers: { process: { type: 'process', defaults: {} } },
    areProvidersChosen: false,
    dockerHost: undefined,
    dataDir: '.berth',
    port: 8787,
    frontDoorPort: 8788,
    logLevel: 'INFO',
    installation: 'berth',
    statusMaxAge: 2000,
    tableName: undefined,
    operationDeadline: 900_000,
    healthHold: 20_000,
    acceptedPlaces: [],
  });
});

test.each([
  [{ BERTH_FRONT_DOOR_PORT: 'off' }, 'off'],
  [{ BERTH_FRONT_DOOR_PORT: '0' }, 0],
  [{ BERTH_PORT: '0' }, 0],
  [{ BERTH_PORT: '0', BERTH_FRONT_DOOR_PORT: '9000' }, 9000],
])('with %j, the port of the front door is %s', (variables, port) => {
  expect(readConfig({}, variables).frontDoorPort).toBe(port);
});

test('one type of provider can have several names, each with its own defaults', () => {
  const providers = { fast: { type: 'memory' }, slow: { type: 'memory', latency_ms: 50 } };
  expect(readConfig({}, { BERTH_PROVIDERS: JSON.stringify(providers) }).providers).toEqual({
    fast: { type: 'memory', defaults: {} },
    slow: { type: 'memory', defaults: { latency_ms: 50 } },
  });
});

test('the orphan policy of a provider is a setting of Berth, not of the provider', () => {
  const providers = { a: { type: 'memory', orphan_policy: 'report' }, b: { type: 'memory', orphan_policy: 'remove' } };
  expect(readConfig({}, { BERTH_PROVIDERS: JSON.stringify(providers) }).providers).toEqual({
    a: { type: 'memory', defaults: {}, orphanPolicy: 'report' },
    b: { type: 'memory', defaults: {}, orphanPolicy: 'remove' },
  });
});

test('overrides take precedence over the environment, and an empty variable is unset', () => {
  const environment = { BERTH_PORT: '1', BERTH_LOG_LEVEL: '' };
  expect(readConfig({ BERTH_PORT: '0', BERTH_DATA_DIR: undefined }, environment)).toMatchObject({
    port: 0,
    dataDir: '.berth',
    logLevel: 'INFO',
  });
});

test.each([
  [{ BERTH_PROVIDERS: '{process}' }, 'BERTH_PROVIDERS: must be JSON, such as {"process":{"type":"process"}}'],
  [{ BERTH_PROVIDERS: '[]' }, 'BERTH_PROVIDERS: must be a JSON object of provider names'],
  [{ BERTH_PROVIDERS: '{}' }, 'BERTH_PROVIDERS: must name at least one provider'],
  [{ BERTH_PROVIDERS: '{"a":{"type":"mainframe"}}' }, 'BERTH_PROVIDERS/a/type: type must be one of '],
  [{ BERTH_PROVIDERS: '{"a":7}' }, 'BERTH_PROVIDERS/a: must be an object with the type of the provider'],
  [{ BERTH_PROVIDERS: '{"A":{"type":"memory"}}' }, 'BERTH_PROVIDERS/A: names must be 1 to 63'],
  [
    { BERTH_PROVIDERS: '{"a":{"type":"memory","orphan_policy":"Remove"}}' },
    'BERTH_PROVIDERS/a/orphan_policy: orphan_policy must be one of ',
  ],
  [{ BERTH_PORT: '65536' }, 'BERTH_PORT: must be a whole number from 0 to 65535'],
  [{ BERTH_FRONT_DOOR_PORT: 'on' }, 'BERTH_FRONT_DOOR_PORT: must be a whole number from 0 to 65535, or off'],
  [{ BERTH_FRONT_DOOR_PORT: '65536' }, 'BERTH_FRONT_DOOR_PORT: must be a whole number from 0 to 65535, or off'],
  [{ BERTH_PORT: '0x10' }, 'BERTH_PORT: must be a whole number from 0 to 65535'],
  [{ BERTH_LOG_LEVEL: 'loud' }, 'BERTH_LOG_LEVEL: must be one of DEBUG, INFO'],
  [{ BERTH_INSTALLATION: 'my berth' }, 'BERTH_INSTALLATION: must be 1 to 255 visible ASCII characters'],
  [{ BERTH_STATUS_MAX_AGE_MS: '-1' }, 'BERTH_STATUS_MAX_AGE_MS: must be a whole number'],
])('%o is refused, and the message names the place', (environment, message) => {
  expect(mistakes(environment)).toContain(`\n  ${message}`);
});

test('the message lists every mistake and repeats no value', () => {
  const message = mistakes({
    BERTH_PROVIDERS: '{"a":{"type":"canary-value"},"b":{"type":"canary-value"}}',
    BERTH_PORT: 'canary-value',
    BERTH_LOG_LEVEL: 'canary-value',
  });
  expect(message.split('\n')).toHaveLength(5);
  expect(message.toLowerCase()).not.toContain('canary');
  expect(mistakes({ BERTH_PROVIDERS: '{"a":{"password":"canary-value"' })).not.toContain('canary');
});
