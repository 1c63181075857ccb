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

describe('the functions, as they are deployed', () => {
  test.each(operations)('%s is within its budget of bytes', (operation) => {
    const { total = 0, loaded = 0 } = weights.get(operation) ?? {};
    expect(loaded).toBeGreaterThan(10);
    expect(overBudget(operation, { total, loaded }, budgets[operation])).toEqual([]);
  });

  test.each(operations)('%s reads no client of a backend and no schema before it needs one', (operation) => {
    const packages = weights.get(operation)?.packages ?? [];
    expect(packages).toContain('@middy/core');
    expect(packages.filter((name) => /^@aws-sdk\/|^@smithy\/|^dockerode$|^zod$/.test(name))).toEqual([]);
  });

  test.each(['src/providers/ecs/provider.ts', 'src/providers/ecs/api/sdk.ts', 'src/tenants/store/dynamodb-sdk.ts'])(
    'read no schema with %s either, which a usual request needs',
    (module) => {
      expect(packagesReadBy(module, bundled)).not.toContain('zod');
    },
  );

  test('read no cryptography of Node before they need some', () => {
    const text = Object.values(contentsOf(join(folder, 'ecs'))).join('\n');
    expect(text).toMatch(/getBuiltinModule\(["'`]node:crypto/);
    expect(text).not.toMatch(/(?:from|import|require\() ?["'`](?:node:)?crypto["'`]/);
  });

  test('are imported cold in a time near the budget, even on a busy machine', () => {
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

  test('hold only the providers that are configured', async () => {
    await write('memory', ['memory']);
    const text = JSON.stringify(contentsOf(join(folder, 'memory')));
    expect(text).toContain('latency_ms');
    expect(text).not.toContain('service_name_prefix');
  }, 60_000);

  test('are the same bytes wherever they are written', async () => {
    await write('elsewhere/deeper', ['ecs']);
    const again = contentsOf(join(folder, 'elsewhere', 'deeper'));
    expect(again).toEqual(contentsOf(join(folder, 'ecs')));
    expect(JSON.stringify(again)).not.toContain(folder);
  }, 60_000);
});

describe('the budget', () => {
  test('says which function exceeds what', () => {
    expect(overBudget('x', { total: 2, loaded: 1, coldImport: 1.5 }, { total: 1, loaded: 1, coldImport: 1.2 })).toEqual(
      ['x: total is 2.00, more than 1', 'x: coldImport is 1.50, more than 1.2'],
    );
  });
});
