import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { toProviderTypes } from '../../../infra/local/command-line.ts';
import { run, untilListening } from './child.ts';
import { send, startTestServer, temporaryDirectory } from './fixture.ts';

const type = fileURLToPath(new URL('../../../src/cli/provider-template/src/descriptor.ts', import.meta.url));

const spec = {
  tenant_id: 'acme',
  provider_type: 'x',
  resources: { cpu: 256, memory: 512 },
  containers: [{ name: 'web', image: 'app:1' }],
};

test('a provider of a module serves tenants like a built-in one', async () => {
  const { url } = await startTestServer({ providers: { x: { type, start_seconds: 0 } } });
  expect((await send(url, 'GET', '/v1/providers/x')).body).toMatchObject({
    name: 'x',
    capabilities: { images: false },
    config_schema: { properties: { start_seconds: { description: 'How long a version takes to start' } } },
    config_defaults: { start_seconds: 0 },
  });
  expect(await send(url, 'GET', '/v1/tenants/acme/status?provider=x')).toMatchObject({ status: 404 });
  expect(await send(url, 'POST', '/v1/tenants', { body: spec })).toMatchObject({ status: 201 });
  expect(await send(url, 'GET', '/v1/tenants/acme/status')).toMatchObject({ body: { state: 'running' } });
  expect(await send(url, 'GET', '/v1/tenants/acme/logs')).toMatchObject({
    body: { lines: [{ container: 'web', text: 'started app:1' }] },
  });
  const broken = { ...spec, provider_config: { broken: true } };
  expect(await send(url, 'PUT', '/v1/tenants/acme', { body: broken })).toMatchObject({
    status: 502,
    body: { code: 'update_failed' },
  });
  expect(
    await send(url, 'POST', '/v1/tenants', { body: { ...spec, tenant_id: 'b', provider_config: { no: 1 } } }),
  ).toMatchObject({ status: 422, body: { errors: [{ pointer: '/provider_config/no' }] } });
  expect(await send(url, 'DELETE', '/v1/tenants/acme')).toMatchObject({ status: 204 });
});

describe('--provider', () => {
  test('adds a module of the working directory', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'x.ts'), `export { provider } from ${JSON.stringify(type)};`);
    const args = ['--port', '0', '--data-dir', join(cwd, 'data'), '--provider', 'x=./x.ts'];
    const child = run('main.ts', { cwd, args, env: { BERTH_PROVIDERS: '{"memory":{"type":"memory"}}' } });
    const url = await untilListening(child);
    expect((await send(url, 'GET', '/v1/providers')).text).toBe('{"providers":["memory","x"]}');
  });

  test.each([
    [['x'], '--provider must be NAME=TYPE'],
    [['X=./x.ts'], '--provider must be NAME=TYPE'],
    [['x='], '--provider must be NAME=TYPE'],
    [['x=memory', 'x=docker'], '--provider names x twice'],
  ])('refuses %j', (given, message) => {
    expect(() => toProviderTypes(given)).toThrow(message);
  });

  test('refuses a name that is configured already', async () => {
    const added = { memory: { type: 'memory' } };
    await expect(startTestServer({ added })).rejects.toThrow('there is a provider memory already');
  });
});

describe('the host does not start, and names provider and module, if', () => {
  const provider = (create: string) => `export const provider = { type: 'x', create: () => (${create}) };`;
  const methods = 'provision() {}, update() {}, destroy() {}, getStatus() {}, validate() {}, async *list() {}';

  test.each([
    ['there is no file', undefined, /BERTH_PROVIDERS\/x\/type: there is no file .*module\.mjs/],
    [
      'it throws at import',
      'throw new Error("no cluster")',
      /BERTH_PROVIDERS\/x: the module .* cannot be imported: no cluster/,
    ],
    ['it exports no provider', 'export {}', /BERTH_PROVIDERS\/x: the module .* has no export provider/],
    [
      'its shape is wrong',
      "export const provider = { type: 'x' };",
      /BERTH_PROVIDERS\/x: the export provider of .* create must be/,
    ],
    [
      'it takes a built-in name',
      "export const provider = { type: 'ecs', create() {} };",
      /BERTH_PROVIDERS\/x: .* built in/,
    ],
    [
      'create throws',
      provider('(() => { throw new Error("no key") })()'),
      /BERTH_PROVIDERS\/x: create of .* failed: no key/,
    ],
    [
      'a method is missing',
      provider("{ name: 'x' }"),
      /BERTH_PROVIDERS\/x: create of .* without provision, update, destroy/,
    ],
    [
      'it has another name',
      provider(`{ name: 'y', ${methods} }`),
      /BERTH_PROVIDERS\/x: create of .* with another name/,
    ],
  ])('%s', async (_, text, message) => {
    const folder = temporaryDirectory();
    const file = join(folder, 'module.mjs');
    if (text !== undefined) writeFileSync(file, text);
    await expect(startTestServer({ providers: { x: { type: file } } })).rejects.toThrow(message);
  });

  test('two modules define one type', async () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'deep'));
    const files = [join(folder, 'a.mjs'), join(folder, 'deep/a.mjs')];
    for (const file of files) writeFileSync(file, provider(`{ name: 'never', ${methods} }`));
    const [a = '', b = ''] = files;
    await expect(startTestServer({ providers: { a: { type: a }, b: { type: b } } })).rejects.toThrow(
      /BERTH_PROVIDERS\/b: the modules .* both define the type x/,
    );
  });
});
