import { describe, expect, test } from 'vitest';
import { InvalidSpecError, ProvisionFailedError } from '../../../src/compute/errors.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import type { Operation } from '../../../src/tenants/model/operation.ts';
import { failureOf } from '../../../src/tenants/reconcile/failure.ts';
import { failedTenant, succeededTenant } from '../../../src/tenants/reconcile/outcome.ts';
import { cutResult, cutShort, cutText } from '../../../src/tenants/reconcile/size-limits.ts';
import { Store } from '../../../src/tenants/store/store.ts';
import type { Item } from '../../../src/tenants/store/table.ts';
import { createMemoryTable } from '../../support/memory-table.ts';
import { aSpec } from '../../support/specs.ts';
import { aReadyTenant, DAWN } from '../../support/tenants.ts';
import { specOf } from '../simulation/programs/specs.ts';
import { failing, inSimulation } from './trial.ts';

const me = { actor: 'alice' };
const KB = 1024;
/** Three bytes each in UTF-8, so texts are as large as their length allows. */
const long = '\u4e2d'.repeat(100_000);

/** Returns the size of an item as DynamoDB counts it: names and values, in UTF-8. */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(String(value)), 0);
}

/** Returns an operation that keeps as much as a provider can cause. */
function worstOperation(operation: Operation): Operation {
  const issues = Array.from({ length: 100 }, () => ({ pointer: long, message: long }));
  const retry = { at: DAWN, code: 'provider_failed', message: cutShort(long), next_at: DAWN };
  const error = failureOf(new InvalidSpecError(issues, { hint: long }));
  return { ...operation, message: cutText(long), error, retries: Array(10).fill(retry) };
}

test('the largest tenant fits into an item of DynamoDB', async () => {
  const labels = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`k${n}`, 'v'.repeat(250)]));
  const spec = validateComputeSpec(
    aSpec({
      labels,
      containers: [{ name: 'web', image: 'a:1', env: { A: 'x'.repeat(30 * KB), B: 'x'.repeat(20 * KB) } }],
    }),
  );
  expect(JSON.stringify(spec).length).toBeGreaterThan(60 * KB);
  const endpoint = { type: 'http', address: 'a'.repeat(253), port: 80, url: 'u'.repeat(1_000) };
  const endpoints = Array.from({ length: 23 }, () => endpoint);
  const done = cutResult({ kind: 'done', endpoints, resource_ids: {}, changes: [], message: long });
  if (done.kind !== 'done') throw new Error('it was done');
  const ready = succeededTenant(aReadyTenant({ spec }), done, DAWN);
  const changed = Object.keys(labels).map((key) => `/labels/${key}`);
  const worst = failedTenant(
    { ...ready, desired: { ...ready.desired, changed } },
    failureOf(new ProvisionFailedError(long)),
    DAWN,
  );
  const operation = worstOperation({ ...worst.operation, result: ready.operation.result });
  const table = createMemoryTable();
  await new Store(table).putTenant({ ...worst, operation, outbox: [operation, operation] }, 0);
  const [item] = table.items.values();
  const size = item ? sizeOf(item) : 0;
  expect(size).toBeGreaterThan(200 * KB); // otherwise it is not the largest
  expect(size).toBeLessThan(400 * KB);
});

describe('a provider with an answer that is too large', () => {
  test('gets its texts shortened', () => {
    expect(cutResult({ kind: 'waiting', message: long }).message).toHaveLength(2048);
    const {
      message,
      hint,
      issues = [],
    } = failureOf(new InvalidSpecError([{ pointer: '/a', message: long }], { hint: long }));
    expect([message.length, hint.length, issues[0]?.message.length]).toEqual([2048, 2048, 300]);
  });

  test('fails the operation where endpoints and ids are too large', () =>
    inSimulation(
      async ({ tenants, simulation }) => {
        await tenants.provision(specOf('acme', { number: 1 }), me);
        const { phase, operation } = await tenants.get('acme');
        expect({ phase, error: operation.error }).toMatchObject({
          phase: 'failed',
          error: { code: 'provider_failed', retryable: false, message: expect.stringContaining('exceeds 32 KB') },
        });
        expect(Math.max(...[...simulation.items.values()].map(sizeOf))).toBeLessThan(20 * KB);
        await tenants.provision(specOf('acme', { number: 1 }), me);
        expect(await tenants.get('acme')).toMatchObject({
          phase: 'ready',
          desired: { spec: specOf('acme', { number: 1 }) },
        });
      },
      { weather: failing('F34b', ({ what }) => what === 'provision') },
    )());
});
