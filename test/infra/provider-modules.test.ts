import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { usesProviders } from '../../functions/operations/uses-providers.ts';
import { operationNames } from '../../functions/operations.ts';
import { Berth, type BerthProps } from '../../infra/berth.ts';
import { bundle } from '../../infra/bundle/bundle.ts';
import { stripDeploymentFields } from '../../infra/bundle/strip-deployment-fields.ts';
import { ownStack } from './synthesized.ts';

// Bundling and synthesis take seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

const folderType = fileURLToPath(new URL('../../src/cli/provider-template/src/descriptor.ts', import.meta.url));
const provision = '() => { throw new Error() }';

/** Modules of types, with what they declare beside `type` and `create`. */
const modules = {
  permitted: `
    permissions: (operation, { name, defaults }) =>
      operation === 'provision' || operation === 'status'
        ? [{ reason: 'calls the API of jobs', actions: ['batch:' + (operation === 'status' ? 'ListJobs' : 'SubmitJob')],
             resources: ['arn:aws:batch:*:111122223333:job-queue/' + defaults.queue + '-' + name] }]
        : [],
    events: { source: ['aws.batch'], 'detail-type': ['Batch Job State Change'], resources: [{ prefix: 'arn:aws:batch' }] },
    maxConcurrentChanges: 4,`,
  listed: "permissions: [{ reason: 'reads', actions: ['batch:ListJobs'], resources: ['arn:aws:batch:eu:1:queue'] }],",
  'on-host': "runsOn: ['host'],",
};

let folder: string;
const typeOf = (name: keyof typeof modules) => join(folder, `${name}.mjs`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-infra-modules-'));
  for (const [name, fields] of Object.entries(modules)) {
    writeFileSync(
      join(folder, `${name}.mjs`),
      `import { defineProvider } from 'berth/provider';
       export const provider = defineProvider({ type: '${name}', ${fields} create: ${provision} });`,
    );
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the construct takes from the module of a type', () => {
  const { app, once } = (() => {
    let made: ReturnType<ReturnType<typeof ownStack>['synthesized']> | undefined;
    const once = () => {
      const providers = { jobs: { type: typeOf('permitted'), queue: 'main' } };
      made ??= ownStack(() => ({ providers }), { validates: true }).synthesized();
      return made;
    };
    return { app: undefined, once };
  })();
  void app;

  test('permissions, for the functions that make these calls', () => {
    expect(once().actionsOf('get-tenant-status')).toContain('batch:ListJobs');
    expect(once().actionsOf('get-tenant-status')).not.toContain('batch:SubmitJob');
    expect(once().actionsOf('provision-tenant')).toEqual(expect.arrayContaining(['batch:ListJobs', 'batch:SubmitJob']));
    expect(once().actionsOf('get-tenant').join()).not.toContain('batch:');
    const statement = once()
      .statementsOf('get-tenant-status')
      .find(({ Action }) => Action === 'batch:ListJobs');
    expect(statement?.Resource).toBe('arn:aws:batch:*:111122223333:job-queue/main-jobs');
  });

  test('the same permissions for every call, where they are a list', () => {
    const synthesized = ownStack(() => ({ providers: { jobs: { type: typeOf('listed') } } })).synthesized();
    for (const operation of operationNames.filter((name) => synthesized.functions.has(name))) {
      const calls = operation === 'list-providers' || operation === 'get-provider' || operation === 'list-orphans';
      const expected = usesProviders(operation) && !calls;
      expect(synthesized.actionsOf(operation).includes('batch:ListJobs'), operation).toBe(expected);
    }
  });

  test('the rule for events of its backend, and a queue behind it', () => {
    const patterns = once()
      .propertiesOf<{ EventPattern?: { source?: string[] } }>('AWS::Events::Rule')
      .map(({ EventPattern }) => EventPattern)
      .filter((pattern) => pattern?.source?.includes('aws.batch'));
    expect(patterns).toEqual([
      {
        source: ['aws.batch'],
        'detail-type': ['Batch Job State Change'],
        resources: [{ prefix: 'arn:aws:batch' }],
      },
    ]);
    expect(once().functions.has('on-provider-event')).toBe(true);
  });

  test('the concurrency of changes', () => {
    expect(once().functions.get('provision-tenant')?.ReservedConcurrentExecutions).toBe(4);
  });

  test('that it cannot run in a function', () => {
    const make = () => ownStack(() => ({ providers: { jobs: { type: typeOf('on-host') } } }));
    expect(make).toThrow(/providers\/jobs: type .*on-host\.mjs runs tenants on the local machine/);
  });
});

test('settings reach the functions that use providers, and no other', () => {
  const { functions } = ownStack(() => ({ providers: { x: { type: folderType, start_seconds: 2 } } })).synthesized();
  for (const [operation, { Environment }] of functions) {
    const expected = usesProviders(operation as (typeof operationNames)[number])
      ? JSON.stringify({ x: { type: folderType, start_seconds: 2 } })
      : undefined;
    expect(Environment.Variables.BERTH_PROVIDERS, operation).toBe(expected);
  }
  expect(functions.get('get-tenant')?.Environment.Variables).not.toHaveProperty('BERTH_PROVIDERS');
});

describe('the construct refuses, by name and before anything is deployed,', () => {
  const make = (providers: BerthProps['providers']) => () =>
    new Berth(new Stack(new App(), 'Own'), 'Berth', { providers });

  test('settings that the schema of a module refuses', () => {
    expect(make({ x: { type: folderType, start_seconds: 'soon', no: 1 } })).toThrow(
      /providers\/x: \/start_seconds start_seconds must be a number of seconds\n {2}providers\/x: .*unknown field: no/,
    );
  });

  test('a missing module, and an unknown type', () => {
    expect(make({ x: { type: './missing.ts' } })).toThrow(/providers\/x\/type: there is no file .*missing\.ts/);
    expect(make({ x: { type: 'ec' } })).toThrow('Did you mean ecs?');
  });

  test('settings beyond the 4 KB that Lambda allows, with the figure', () => {
    const secrets = Array.from({ length: 90 }, (_, index) => `berth/{tenant_id}/secret-with-a-long-name-${index}`);
    const providers = {
      eu: {
        type: 'ecs',
        cluster_arn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/tenants',
        subnets: ['subnet-0a1b2c3d'],
        allow: { secrets },
      },
    };
    expect(make(providers)).toThrow(
      /The environment of [\w-]+ would have 4\d\d\d bytes, and Lambda allows 4096.*providers\/eu: 4\d\d\d bytes/s,
    );
  });
});

describe('the bundle', () => {
  async function bundled(types: readonly string[]) {
    const outdir = mkdtempSync(join(tmpdir(), 'berth-bundle-modules-'));
    onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
    return { outdir, chunks: await bundle(types, outdir) };
  }

  test('has an entry for each type, and nothing of others', async () => {
    const { outdir, chunks } = await bundled([folderType]);
    expect(existsSync(join(outdir, 'provider-folder.mjs'))).toBe(true);
    const entry = chunks.find(({ name }) => name === 'provider-folder');
    // The schema is for deployments. The functions get along without it until a specification is checked.
    expect(entry?.moduleIds.join()).not.toContain('zod');
    expect(chunks.flatMap(({ moduleIds }) => moduleIds).join()).not.toContain('src/providers/memory');
  });

  test('without types has no provider', async () => {
    const { outdir } = await bundled([]);
    expect(readdirSync(outdir)).not.toContain('provider-folder.mjs');
  });

  test('refuses a provider that loads a client of AWS and declares no permissions, by name', async () => {
    const file = join(folder, 'rightless.mjs');
    const client = fileURLToPath(import.meta.resolve('@aws-sdk/client-ecs'));
    const text = (fields: string) => `
      import { defineProvider } from 'berth/provider';
      const create = async () => { await import(${JSON.stringify(client)}); };
      export const provider = defineProvider({ type: 'rightless', create, ${fields} });`;
    writeFileSync(file, text(''));
    await expect(bundled([file])).rejects.toThrow(
      /type .*rightless\.mjs uses @aws-sdk\/client-ecs, and its module declares no permissions/,
    );
    const declared = join(folder, 'declared.mjs');
    writeFileSync(declared, text('permissions: []'));
    await bundled([declared]);
  });

  test('refuses a module that imports what is not installed', async () => {
    const file = join(folder, 'incomplete.mjs');
    writeFileSync(
      file,
      `import { defineProvider } from 'berth/provider';
       const create = async () => { await import('not-installed-anywhere'); };
       export const provider = defineProvider({ type: 'incomplete', create });`,
    );
    const message = await bundled([file]).then(
      () => 'bundled',
      (error: Error) => error.message,
    );
    expect(message).toContain('not-installed-anywhere');
  });
});

test.each([
  [
    'shorthands and calls',
    'defineProvider({ type: "x", permissions, events: f(1), create })',
    'defineProvider({ type: "x", ...{}, ...{}, create })',
  ],
  [
    'the last field, and letters beyond ASCII',
    'const ü = "…"; defineProvider({ create, docs: "ü" })',
    'const ü = "…"; defineProvider({ create, ...{} })',
  ],
  ['nothing of other calls', 'defineTask({ permissions })', 'defineTask({ permissions })'],
  ['nothing of a value', 'defineProvider(descriptor)', 'defineProvider(descriptor)'],
])('the bundler strips %s', (_, code, expected) => {
  expect(stripDeploymentFields(code)).toBe(expected);
});
