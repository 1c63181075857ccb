import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest';
import { FakeNomad } from '../../examples/provider/test/fake-nomad.ts';
import { answerOf, apiEvent, openBuiltCloud } from '../infra/built-cloud.ts';
import { startHost, untilListening } from './host.ts';

// The example of a provider as an outsider uses it: a copy of the folder in the tarball, and what npm installs there.
const run = promisify(execFile);
let folder: string;
let installed: string;

/** The environment of a user's shell, with the Node.js that runs the tests and without the variables that npm sets. */
const shell = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
const env = { ...shell, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'berth-example-'));
  folder = join(directory, 'berth-nomad');
  installed = join(folder, 'node_modules/berth');
  const { berth } = inject('tarballs');
  const unpacked = join(directory, 'unpacked');
  mkdirSync(unpacked);
  await run('tar', ['-xzf', berth, '-C', unpacked, 'package/examples/provider']);
  cpSync(join(unpacked, 'package/examples/provider'), folder, { recursive: true });
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--save-dev', berth], {
    cwd: folder,
    env,
  });
});

afterAll(() => rmSync(dirname(folder), { recursive: true, force: true }));

async function startedNomad() {
  const nomad = new FakeNomad();
  onTestFinished(() => nomad.close());
  return { nomad, address: await nomad.listen() };
}

const spec = {
  tenant_id: 'acme',
  provider_type: 'nomad',
  resources: { cpu: 256, memory: 256 },
  containers: [{ name: 'web', image: 'app:1', ports: [{ container_port: 8080, name: 'http' }] }],
};

test('passes its tests, has sound types, and builds JavaScript', async () => {
  const report = join(folder, 'report.json');
  // The report tells which tests failed, if any did.
  await run('npm', ['test', '--', '--reporter', 'json', '--outputFile', report], { cwd: folder, env }).catch(() => {});
  type Report = { numPassedTests: number; testResults: { assertionResults: { status: string; fullName: string }[] }[] };
  const { numPassedTests, testResults }: Report = JSON.parse(readFileSync(report, 'utf8'));
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  expect(tests.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName)).toEqual([]);
  expect(numPassedTests).toBeGreaterThan(140);
  for (const script of ['check', 'build']) {
    const { stdout } = await run('npm', ['run', '--silent', script], { cwd: folder, env }).catch((error) => error);
    expect(stdout, script).toBe('');
  }
  expect(readFileSync(join(folder, 'dist/descriptor.js'), 'utf8')).toContain("import('./provider.js')");
});

test('runs tenants from berth dev: provision, update, a failure, stop and destroy', async () => {
  const { nomad, address } = await startedNomad();
  const flags = ['--provider', 'nomad=./src/descriptor.ts'];
  const host = startHost({ installed, cwd: folder, flags, env: { NOMAD_ADDR: address } });
  const url = await untilListening(host);
  const berth = async (...words: string[]) => {
    const command = [join(installed, 'src/cli/berth.mjs'), '--endpoint', url, ...words];
    return (await run(process.execPath, command, { cwd: folder, env })).stdout;
  };
  const apply = async (image: string, ...words: string[]) => {
    const containers = spec.containers.map((container) => ({ ...container, image }));
    writeFileSync(join(folder, 'tenant.json'), JSON.stringify({ ...spec, containers }));
    return berth('apply', '-f', 'tenant.json', ...words);
  };
  await apply('app:1');
  expect(await berth('status', 'acme')).toMatch(/running[\s\S]*10\.0\.0\.5/);
  await apply('app:2');
  const failed = await apply('broken:3').catch((error) => error);
  expect(failed.stderr).toContain('Failed to pull `broken`');
  expect(await berth('status', 'acme')).toContain('running');
  expect(await berth('explain', 'nomad')).toContain(
    'Environment variable of the control plane that holds the ACL token',
  );
  await berth('stop', 'acme');
  expect(await berth('status', 'acme')).toContain('stopped');
  await berth('destroy', 'acme', '--yes');
  expect([...nomad.cluster.jobs.keys()]).toEqual([]);
  host.stop();
  await host.ended;
});

test('is in the functions of a stack, which provision and destroy with it', async () => {
  const { nomad, address } = await startedNomad();
  const outdir = join(folder, 'cdk.out');
  await run(process.execPath, ['app.ts'], { cwd: folder, env: { ...env, CDK_OUTDIR: outdir, NOMAD_ADDR: address } });
  const sandbox = join(folder, 'sandbox');
  mkdirSync(sandbox);
  const cloud = await openBuiltCloud(outdir, sandbox, ['Tenants']);
  onTestFinished(() => cloud.close());
  const ask = async (method: string, target: string, body?: object) => {
    const { operation, event } = apiEvent(method, target, body);
    return answerOf(await cloud.open(operation), event);
  };
  expect(await ask('POST', '/v1/tenants', spec)).toMatchObject({ status: 202 });
  expect([...nomad.cluster.jobs.keys()]).toEqual(['berth.nomad.acme']);
  const status = await cloud.open('get-tenant-status');
  const { event } = apiEvent('GET', '/v1/tenants/acme/status');
  await vi.waitFor(
    async () => expect(await answerOf(status, event)).toMatchObject({ body: { state: 'running' } }),
    20_000,
  );
  expect(await ask('DELETE', '/v1/tenants/acme')).toMatchObject({ status: 204 });
  expect([...nomad.cluster.jobs.keys()]).toEqual([]);
});
