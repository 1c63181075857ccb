import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { findRoute } from '../../infra/local/http/find-route.ts';
import { splitTarget, toEvent } from '../../infra/local/http/to-event.ts';
import { openBuiltCloud } from '../infra/built-cloud.ts';
import { readTemplate } from '../support/cloud-assembly.ts';
import { openFunction } from '../support/lambda/function-process.ts';
import { startHost, untilListening } from './host.ts';
import { installPackage, type Project } from './install.ts';

// These tests run the files that npm installs, not the source.
const root = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let project: Project;

beforeAll(async () => {
  project = await installPackage(inject('tarballs').berth);
});

afterAll(() => project?.remove());

test('contains every entry, and no file that only the repository needs', () => {
  const { exports } = JSON.parse(readFileSync(join(project.installed, 'package.json'), 'utf8'));
  for (const target of Object.values<Record<string, string> | string>(exports)) {
    for (const path of typeof target === 'string' ? [target] : Object.values(target))
      expect(existsSync(join(project.installed, path)), path).toBe(true);
  }
  const files = readdirSync(project.installed, { recursive: true, encoding: 'utf8' });
  const own = files.filter((path) => !/^(?:examples|src\/cli\/provider-template)\//.test(path));
  expect(own.filter((path) => /\.ts$/.test(path) && !/\.d\.ts$/.test(path))).toEqual([]);
  expect(own.filter((path) => /\.test\.|saboteurs|generator|openapi\/|tsconfig/.test(path))).toEqual([]);
});

test('passes publint', async () => {
  const { messages } = await publint({ pkgDir: project.installed, pack: false, strict: true });
  // The manifests of examples and of the template count where these are copied to.
  const own = messages.filter(
    ({ args }) => !/\.\/(?:examples|src\/cli\/provider-template)\//.test(JSON.stringify(args ?? {})),
  );
  expect(own).toEqual([]);
});

test('the core accepts a provider from another project', async () => {
  expect(await project.node('core.js')).toBe('place success\n');
});

test('can be required from CommonJS', async () => {
  expect(await project.node('common.cjs')).toBe(`function function ${version}\n`);
});

test('the command prints its version', async () => {
  expect(await project.node(join(project.installed, 'src/cli/berth.mjs'), '--version')).toBe(`${version}\n`);
});

test('the command runs a control plane, and the client can call it', async () => {
  const host = startHost({ installed: project.installed, cwd: project.folder, node: ['--no-strip-types'] });
  const url = await untilListening(host);
  expect(await project.node('client.js', url)).toBe('process tenant_not_found\n');
  const berth = join(project.installed, 'src/cli/berth.mjs');
  expect(await project.node(berth, '--endpoint', url, 'get', 'providers', '-o', 'name')).toBe('process\n');
  // The pages and the OpenAPI document are files beside the code.
  for (const path of ['/console/', '/docs', '/docs/start.js', '/docs/swagger-ui.js', '/openapi.json']) {
    expect((await fetch(`${url}${path}`)).status, path).toBe(200);
  }
  const page = await (await fetch(`${url}/console/`)).text();
  const [, script = ''] = /src="([^"]+)"/.exec(page) ?? [];
  expect(await (await fetch(`${url}${script}`)).text()).toContain('/v1/events');
  host.stop();
  expect(await host.ended).toEqual([0, null]);
});

interface FunctionProperties {
  Description?: string;
  Handler: string;
  Code: { S3Key: string };
  Environment: { Variables: { BERTH_PROVIDERS?: string } };
}

test('two lines of CDK create functions that run', async () => {
  await project.node('app.js');
  const outdir = join(project.folder, 'cdk.out');
  const functions = Object.values(readTemplate(outdir, 'Tenants').Resources)
    .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Description)
    .map(({ Properties }) => Properties as unknown as FunctionProperties);
  expect(functions.length).toBeGreaterThan(15);
  const assetOf = ({ Code }: FunctionProperties) => join(outdir, `asset.${Code.S3Key.replace(/\.zip$/, '')}`);
  for (const each of functions) {
    expect(existsSync(join(assetOf(each), each.Handler.replace(/\.handler$/, '.mjs'))), each.Description).toBe(true);
  }
  const [listing] = functions.filter(({ Description }) => Description === 'Berth: list-providers');
  if (!listing) throw new Error('the template has no function list-providers');
  const { BERTH_PROVIDERS = '' } = listing.Environment.Variables;
  const opened = await openFunction({
    name: 'list-providers',
    taskRoot: assetOf(listing),
    handler: listing.Handler,
    timeoutMs: 30_000,
    environment: { BERTH_PROVIDERS, AWS_REGION: 'eu-central-1' },
  });
  onTestFinished(() => opened.close());
  const answer = await opened.invoke({
    version: '2.0',
    rawPath: '/v1/providers',
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method: 'GET', path: '/v1/providers' }, requestId: 'r', timeEpoch: 0 },
  });
  expect(JSON.stringify(answer)).toContain('{\\"providers\\":[\\"memory\\"]}');
});

describe('the template of a provider in a folder of its own, with the package alone,', () => {
  const spec = {
    tenant_id: 'acme',
    provider_type: 'folder',
    resources: { cpu: 256, memory: 256 },
    containers: [{ name: 'web', image: 'app:1' }],
  };

  test('has sound types, and passes its tests, which are the conformance suite', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(await project.nodeInTemplate(tsc, '--noEmit').catch(({ stdout }) => stdout)).toBe('');
    const report = join(project.template, 'report.json');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    await project.nodeInTemplate(vitest, 'run', '--reporter', 'json', '--outputFile', report);
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
    expect(numPassedTests).toBe(numTotalTests);
    expect(numTotalTests).toBeGreaterThan(70);
  });

  test('serves tenants in the local host, through HTTP and the command line', async () => {
    const flags = ['--provider', 'folder=./src/descriptor.ts'];
    const host = startHost({ installed: project.installed, cwd: project.template, flags });
    const url = await untilListening(host);
    const berth = (...words: string[]) =>
      project.nodeInTemplate(join(project.installed, 'src/cli/berth.mjs'), '--endpoint', url, ...words);
    const send = async (method: string, path: string, body?: object) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      return { status: response.status, text: await response.text() };
    };
    expect(await send('POST', '/v1/tenants', spec)).toMatchObject({ status: 201 });
    expect(await send('GET', '/v1/tenants/acme/status')).toMatchObject({ status: 200 });
    expect((await send('GET', '/v1/tenants/acme/logs')).text).toContain('started app:1');
    expect(await send('DELETE', '/v1/tenants/acme')).toMatchObject({ status: 204 });
    writeFileSync(join(project.template, 'tenant.json'), JSON.stringify({ ...spec, tenant_id: 'shop' }));
    await berth('apply', '-f', 'tenant.json');
    expect(await berth('status', 'shop')).toContain('running');
    expect(await berth('logs', 'shop')).toContain('started app:1');
    expect(await berth('explain', 'folder')).toContain('How long a version takes to start');
    expect(await berth('doctor', '-o', 'json')).toContain('folder, process');
    await berth('destroy', 'shop', '--yes');
    expect((await send('GET', '/v1/tenants/shop/status')).status).toBe(404);
    host.stop();
    await host.ended;
  });

  test('is in the functions of a stack, which provision and destroy with it', async () => {
    await project.nodeInTemplate('app.ts');
    const sandbox = join(project.template, 'sandbox');
    mkdirSync(sandbox);
    const cloud = await openBuiltCloud(join(project.template, 'cdk.out'), sandbox, ['Tenants']);
    onTestFinished(() => cloud.close());
    const invoke = async (operation: string, method: string, target: string, body?: object) => {
      const built = await cloud.open(operation);
      const request = { method, target, rawHeaders: ['Content-Type', 'application/json'], httpVersion: '1.1' };
      const payload = { ...request, remoteAddress: '127.0.0.1', body: Buffer.from(body ? JSON.stringify(body) : '') };
      const route = findRoute(method, splitTarget(target).path);
      return JSON.stringify(await built.invoke(toEvent(payload, route, 'request-1', new Date())));
    };
    expect(await invoke('provision-tenant', 'POST', '/v1/tenants', spec)).toContain('"statusCode":201');
    expect(await invoke('get-tenant-status', 'GET', '/v1/tenants/acme/status')).toContain('running');
    expect(await invoke('destroy-tenant', 'DELETE', '/v1/tenants/acme')).toContain('"statusCode":204');
    expect(await invoke('get-tenant', 'GET', '/v1/tenants/acme')).toContain('destroyed');
  });
});

test('the conformance suite for providers runs in another project', async () => {
  // A subject of the repository's tests that imports the package instead of the source.
  for (const file of ['memory-subject.ts', 'memory-programs.ts']) {
    const subject = readFileSync(join(root, 'test/conformance', file), 'utf8')
      .replaceAll(/'\.\.\/\.\.\/(src\/[^']+)\.ts'/g, "'./node_modules/berth/$1.js'")
      .replace(/'\.\/(?:provider-suite|harness)\.ts'/, "'berth/conformance'");
    writeFileSync(join(project.folder, file), subject);
  }
  const report = join(project.folder, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  await project.node(vitest, 'run', '--root', project.folder, '--reporter', 'json', '--outputFile', report);
  const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
  expect(numPassedTests).toBe(numTotalTests);
  expect(numTotalTests).toBeGreaterThan(40);
});

/** Typical projects: CDK apps often have the older compiler; front ends resolve modules as a bundler does. */
test.each([
  ['TypeScript 7', 'node_modules/typescript', { module: 'preserve', moduleResolution: 'bundler' }],
  ['TypeScript 5', 'src/client/generator/node_modules/typescript', { module: 'nodenext' }],
])('%s finds the types', async (_, compiler, resolution) => {
  const compilerOptions = {
    target: 'es2022',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    ...resolution,
  };
  const config = join(project.folder, `tsconfig.${resolution.module}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ['types.ts'] }));
  const printed = project.node(join(root, compiler, 'bin/tsc'), '--project', config).catch(({ stdout }) => stdout);
  expect(await printed).toBe('');
});
