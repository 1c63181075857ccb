import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import {
  checkComputeStatus,
  checkLogPage,
  checkProvisionResult,
  checkUpdateResult,
  checkValidation,
} from '../../src/compute/check-answer.ts';
import { ProviderFailedError } from '../../src/compute/errors.ts';
import { ComputeStatus, LogPage, ProvisionResult, UpdateResult, ValidationResult } from '../../src/compute/results.ts';
import { replaceAt } from '../support/json-pointer.ts';

type Check = (answer: unknown, provider: string) => unknown;

const time = '2026-01-02T03:04:05.678Z';
const endpoint = { type: 'http', address: '127.0.0.1', port: 80, url: 'http://127.0.0.1', stable: true };
const identity = { tenant_id: 'acme', provider_type: 'memory' };

const answers: [string, Check, z.ZodObject, object][] = [
  [
    'ProvisionResult',
    checkProvisionResult,
    ProvisionResult,
    {
      ...identity,
      status: 'success',
      resource_ids: { web: '1' },
      endpoints: [endpoint],
      message: 'm',
      provisioned_at: time,
    },
  ],
  [
    'UpdateResult',
    checkUpdateResult,
    UpdateResult,
    { ...identity, status: 'no_changes', changes: ['/labels'], message: '', updated_at: '2026-01-02T03:04:05+02:00' },
  ],
  [
    'ComputeStatus',
    checkComputeStatus,
    ComputeStatus,
    {
      ...identity,
      state: 'running',
      containers: [{ name: 'web', state: 'starting', ready: false, restart_count: 2, message: '' }],
      health: 'unknown',
      endpoints: [endpoint],
      last_updated: time,
      metadata: { spec_hash: 'h' },
    },
  ],
  ['LogPage', checkLogPage, LogPage, { lines: [{ container: 'web', time, text: 'started' }], next_cursor: 'c' }],
  ['ValidationResult', checkValidation, ValidationResult, { valid: true, warnings: ['host_port is ignored'] }],
];

/** Values of every kind, on both sides of every limit in the schemas. */
const values = [
  ...[undefined, null, true, false, 0, -0, 1, -1, 0.5, 65_535, 65_536, 2 ** 53 - 1, 2 ** 53, Number.NaN, 1n],
  ...['', 'x', '\0', '\ud800', 'success', 'running', 'healthy', 'no_changes', 'constructor', time],
  ...['2026-01-02 03:04:05Z', '2026-01-02T03:04:05', '2026-13-02T03:04:05Z', '2026-01-02T03:04Z', `${time}\n`],
  ...[[], {}, [''], [1], [undefined], [[]], [{}], [endpoint], { a: 'x' }, { a: 1 }, new Date(0), Symbol('s')],
];

/** Pointers to every field, entry and map of an answer. */
function pointersIn(value: unknown, pointer = ''): string[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [pointer, ...inner.flatMap(([key, field]) => pointersIn(field, `${pointer}/${key}`))];
}

function outcomeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderFailedError);
    return undefined;
  }
}

/** A missing time defaults to now, which differs between two calls. */
function withoutNow(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, /_at$|_updated$/.test(key) ? typeof field : field]),
  );
}

describe.each(answers)('%s', (name, check, schema, good) => {
  test('passes unchanged, without unknown fields at any depth', () => {
    expect(check(good, 'memory')).toStrictEqual(good);
    for (const pointer of pointersIn(good)) {
      const fields = pointer
        .split('/')
        .slice(1)
        .reduce((at: object, key) => at[key as keyof object], good);
      const isRecord = typeof fields === 'object' && !Array.isArray(fields) && !/resource_ids|metadata/.test(pointer);
      if (isRecord) expect(check(replaceAt(good, `${pointer}/more`, 1), 'memory')).toStrictEqual(good);
    }
  });

  test.each(pointersIn(good))('accepts at %j what its schema accepts, and refuses the rest', (pointer) => {
    for (const value of values) {
      // The check sets `valid` itself, and reads a missing answer as one without warnings.
      if (name === 'ValidationResult' && (pointer === '/valid' || value == null)) continue;
      if (name === 'ValidationResult' && pointer === '') continue;
      const answer = pointer === '' ? value : replaceAt(good, pointer, value);
      const checked = withoutNow(outcomeOf(() => check(answer, 'memory')));
      const parsed = withoutNow(schema.safeParse(answer).data);
      if (!isDeepStrictEqual(checked, parsed)) expect(checked, `${pointer}: ${String(value)}`).toStrictEqual(parsed);
    }
  });

  test('gets the defaults of missing fields', () => {
    for (const field of Object.keys(good)) {
      const { [field]: _left, ...without } = good as Record<string, unknown>;
      if (name === 'ValidationResult') continue;
      const checked = outcomeOf(() => check(without, 'memory'));
      expect(withoutNow(checked)).toStrictEqual(withoutNow(schema.safeParse(without).data));
    }
  });
});

test('the error names the provider and every malformed field, but no value', () => {
  const answer = { ...identity, state: 'canary', containers: [{ name: 7 }, 'canary'], health: 'healthy' };
  expect(() => checkComputeStatus(answer, 'memory')).toThrow(
    'compute provider failed: memory gave an answer that breaks the contract ' +
      '(/state, /containers/0/name, /containers/0/state, /containers/0/ready, /containers/1)',
  );
  expect(() => checkComputeStatus(undefined, 'memory')).toThrow('(the whole answer)');
});

test('a provider without warnings may answer nothing to a validation', () => {
  for (const answer of [undefined, null, {}]) {
    expect(checkValidation(answer, 'memory')).toEqual({ valid: true, warnings: [] });
  }
});
