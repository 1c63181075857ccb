import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { budgets } from '../../bench/budget.ts';
import { coldImports } from '../../bench/cold-import.ts';
import { overBudget } from '../../bench/size.ts';
import { packagesReadBy, type Weight, weigh } from '../../bench/weigh.ts';
import { operationNames as operations } from '../../functions/operations.ts';
import { bundle } from '../../infra/bundle/bundle.ts';

let folder: string;
let bundled: Awaited<ReturnType<typeof bundle>>;
let weights: Map<string, Weight>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-size-'));
  bundled = await write('ecs', ['ecs']);
  weights = new Map(weigh(bundled, join(folder, 'ecs')).map((weight) => [weight.operation, weight]));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, types: readonly string[]) {
  mkdirSync(join(folder, name), { recursive: true });
  return bundle(types, join(folder, name));
}

function contentsOf(directory: string): Record<string, string> {
  return Object.fromEntries(readdirSync(directory).map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
}

describe('the bundled functions', () => {
  test.each(operations)('%s does not exceed its budget of bytes', (operation) => {
    const { total = 0, loaded = 0 } = weights.get(operation) ?? {};
    expect(loaded).toBeGreaterThan(10);
    expect(overBudget(operation, { total, loaded }, budgets[operation])).toEqual([]);
  });

  test.each(operations)('%s loads no client of a backend and no schema statically', (operation) => {
    const packages = weights.get(operation)?.packages ?? [];
    expect(packages).toContain('@middy/core');
    expect(packages.filter((name) => /^@aws-sdk\/|^@smithy\/|^dockerode$|^zod$/.test(name))).toEqual([]);
  });

  test.each(['src/providers/ecs/provider.ts', 'src/providers/ecs/api/sdk.ts', 'src/tenants/store/dynamodb-sdk.ts'])(
    'load no schema with %s, which usual requests need',
    (module) => {
      expect(packagesReadBy(module, bundled)).not.toContain('zod');
    },
  );

  test('load node:crypto on demand only', () => {
    const text = Object.values(contentsOf(join(folder, 'ecs'))).join('\n');
    expect(text).toMatch(/getBuiltinModule\(["'`]node:crypto/);
    expect(text).not.toMatch(/(?:from|import|require\() ?["'`](?:node:)?crypto["'`]/);
  });

  test('need at most twice the budget of a cold import, even on a busy machine', () => {
    const chosen = ['list-providers', 'provision-tenant'] as const;
    const ratios = coldImports(
      chosen.map((operation) => weights.get(operation)?.file ?? ''),
      { folder, rounds: 5 },
    );
    for (const [index, operation] of chosen.entries()) {
      const coldImport = (ratios[index] ?? Number.NaN) / 2;
      expect(overBudget(operation, { coldImport }, budgets[operation])).toEqual([]);
    }
  }, 60_000);

  test('contain only the configured providers', async () => {
    await write('memory', ['memory']);
    const text = JSON.stringify(contentsOf(join(folder, 'memory')));
    expect(text).toContain('latency_ms');
    expect(text).not.toContain('service_name_prefix');
  }, 60_000);

  test('are the same bytes in every output folder', async () => {
    await write('elsewhere/deeper', ['ecs']);
    const again = contentsOf(join(folder, 'elsewhere', 'deeper'));
    expect(again).toEqual(contentsOf(join(folder, 'ecs')));
    expect(JSON.stringify(again)).not.toContain(folder);
  }, 60_000);
});

describe('the budget', () => {
  test('reports which function exceeds which limit', () => {
    expect(overBudget('x', { total: 2, loaded: 1, coldImport: 1.5 }, { total: 1, loaded: 1, coldImport: 1.2 })).toEqual(
      ['x: total is 2.00, more than 1', 'x: coldImport is 1.50, more than 1.2'],
    );
  });
});
