import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer, temporaryDirectory } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';
import { importSample, readCorpus, type Sample } from './corpus.ts';

const corpus = readCorpus().map((sample) => ({ ...sample, provider: 'memory' }));
const isRefused = (sample: Sample) => importSample(sample, sample.value).refused.length > 0;

/** Writes a sample and its `.env` into a folder of its own. Returns a function that runs a command with them. */
function place({ name, text, env, profiles }: Sample, root: string, endpoint: string) {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'file.yaml'), text);
  const lines = [...env].map(([key, value]) => `${key}=${value}`);
  if (env.size > 0) writeFileSync(join(folder, '.env'), lines.join('\n'));
  const chosen = profiles.flatMap((profile) => ['--profile', profile]);
  const options = ['-f', join(folder, 'file.yaml'), '--tenant', name, '--provider', 'memory', ...chosen];
  return (command: string, ...more: string[]) => cli([command, ...options, ...more], { endpoint });
}

/** Berth never returns the values of variables. */
function withoutValues(spec: unknown): object {
  return JSON.parse(JSON.stringify(spec), (key, value) =>
    key === 'env' ? Object.fromEntries(Object.keys(value).map((name) => [name, '[redacted]'])) : value,
  );
}

test('a file of the corpus that is imported is valid, applied, and then unchanged', async () => {
  const { url: endpoint } = await startTestServer();
  const root = temporaryDirectory();
  const accepted = corpus.filter((sample) => !isRefused(sample));
  expect(accepted.length).toBeGreaterThanOrEqual(45);
  const roundTrip = async (sample: Sample) => {
    const run = place(sample, root, endpoint);
    expect(await run('validate'), sample.name).toMatchObject({ code: 0, stdout: expect.stringContaining('valid') });
    const before = JSON.parse((await run('plan', '-o', 'json')).stdout);
    expect(before.plans, sample.name).toMatchObject([{ action: 'provision' }]);
    const applied = await run('apply');
    expect(applied.code, `${sample.name}\n${applied.stdout}${applied.stderr}`).toBe(0);
    const after = JSON.parse((await run('plan', '-o', 'json')).stdout);
    expect(after.plans, sample.name).toMatchObject([{ action: 'none', changes: [] }]);
    const { stdout } = await cli(['get', 'tenant', sample.name, '-o', 'json'], { endpoint });
    // What the control plane has is what the table of outcomes says of the file.
    const { spec } = importSample(sample, sample.value);
    const expected = { ...withoutValues(spec), tenant_id: sample.name };
    expect(JSON.parse(stdout).spec, sample.name).toMatchObject(expected);
  };
  await Promise.all(accepted.map(roundTrip));
}, 120_000);

test('a file of the corpus that is refused changes nothing, with each reason at its line', async () => {
  const { url: endpoint } = await startTestServer();
  const root = temporaryDirectory();
  for (const sample of corpus.filter(isRefused)) {
    const { code, stderr } = await place(sample, root, endpoint)('apply');
    expect(code, sample.name).toBe(1);
    for (const { message } of importSample(sample, sample.value).refused) {
      const place = stderr.split('\n').find((line) => line.includes(message));
      expect(place, `${sample.name}: ${message}\n${stderr}`).toMatch(/file\.yaml:\d+:\d+ /);
    }
  }
  expect(JSON.parse((await cli(['get', 'tenants', '-o', 'json'], { endpoint })).stdout).tenants).toEqual([]);
});
