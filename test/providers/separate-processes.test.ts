import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';
import type { Errand, Step } from '../support/errand.ts';
import { defaults as ecsDefaults, specOf as ecsSpecOf, inventory, startQuickEcs } from './ecs/ecs-subject.ts';
import { specOf as processSpecOf, QUICK, worker } from './process/lab.ts';

/*
 * Other processes report, update and destroy what one process created. Each group of steps runs in a process that has
 * exited before the next one starts. docker/process.test.ts does the same on machines with an engine.
 */

const program = fileURLToPath(new URL('../support/errand.ts', import.meta.url));

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'berth-separate-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function run(errand: Omit<Errand, 'steps' | 'dataDir'>, steps: Step[]): Promise<string[]> {
  const child = spawn(process.execPath, [program, JSON.stringify({ ...errand, dataDir, steps })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout)) as string[];
}

/** Runs the whole life of a tenant, each part in another process. */
async function expectLife(errand: Omit<Errand, 'steps' | 'dataDir'>, [first, second]: [Step, Step]) {
  const settle: Step = { do: 'settle', tenantId: 'acme' };
  const destroy: Step = { do: 'destroy', tenantId: 'acme' };
  expect(['success', 'in_progress']).toContain((await run(errand, [first])).at(0));
  expect(await run(errand, [settle, { do: 'list' }])).toEqual(['running', 'acme']);
  expect(await run(errand, [second, settle, second])).toEqual([
    expect.stringMatching(/success|in_progress/),
    'running',
    'no_changes',
  ]);
  expect(await run(errand, [settle, destroy])).toEqual(['running', 'destroyed']);
}

test('with the process provider', { timeout: 60_000 }, async () => {
  const errand = { type: 'process', defaults: QUICK } as const;
  const specOf = (VERSION: string) => processSpecOf([worker({ env: { VERSION } })]);
  try {
    await expectLife(errand, [
      { do: 'provision', spec: specOf('1') },
      { do: 'update', spec: specOf('2') },
    ]);
  } finally {
    await run(errand, [{ do: 'destroy', tenantId: 'acme' }]);
  }
  expect(await run(errand, [{ do: 'settle', tenantId: 'acme' }, { do: 'list' }])).toEqual(['tenant_not_found', '']);
});

test('with the ECS provider', { timeout: 60_000 }, async () => {
  const fake = await startQuickEcs();
  try {
    const errand = { type: 'ecs', defaults: ecsDefaults, endpoint: fake.url } as const;
    const specOf = (version: number) => validateComputeSpec(ecsSpecOf({ tenantId: 'acme', version }));
    await expectLife(errand, [
      { do: 'provision', spec: specOf(1) },
      { do: 'update', spec: specOf(2) },
    ]);
    await expect.poll(() => inventory(fake)).toEqual([]);
  } finally {
    await fake.close();
  }
});

test('with the memory provider only if it persists its records', {
  timeout: 60_000,
}, async () => {
  const specOf = (image: string) =>
    validateComputeSpec({
      tenant_id: 'acme',
      provider_type: 'memory',
      containers: [{ name: 'web', image }],
      resources: { cpu: 128, memory: 128 },
    });
  const life: [Step, Step] = [
    { do: 'provision', spec: specOf('app:1') },
    { do: 'update', spec: specOf('app:2') },
  ];
  const persistent = { type: 'memory', defaults: { persist: true } } as const;
  await expectLife(persistent, life);
  expect(await run(persistent, [{ do: 'list' }])).toEqual(['']);
  const forgetful = { type: 'memory', defaults: {} } as const;
  expect(await run(forgetful, [life[0], { do: 'list' }])).toEqual(['success', 'acme']);
  expect(await run(forgetful, [{ do: 'list' }])).toEqual(['']);
});
