import { expect, test, vi } from 'vitest';
import { startTestServer } from '../infra/local/fixture.ts';
import { cli, start } from './cli.ts';

const spec = (id: string, image: string) => `tenant_id: ${id}
provider_type: memory
containers:
  - name: web
    image: ${image}
resources: { cpu: 128, memory: 128 }
`;

async function startHost() {
  const { url } = await startTestServer({ providers: { memory: { type: 'memory' } } });
  return {
    endpoint: url,
    run: (words: string, options = {}) => cli(words.split(' '), { endpoint: url, ...options }),
    apply: (id: string, image: string) => cli(['apply', '-f', '-'], { endpoint: url, stdin: spec(id, image) }),
  };
}

test('activity lists the operations of all tenants, newest first, by state and by type', async () => {
  const { run, apply } = await startHost();
  expect((await run('activity')).stderr).toContain('There are no operations yet.');
  for (const id of ['a', 'b']) expect(await apply(id, 'nginx:1')).toMatchObject({ code: 0 });
  expect(await apply('a', 'nginx:2')).toMatchObject({ code: 0 });
  const [titles, ...rows] = (await run('activity')).stdout.replaceAll(/ +/g, ' ').trimEnd().split('\n');
  expect(titles).toBe('AGE TENANT TYPE STATE REV TOOK BY ERROR');
  expect(rows).toEqual([
    expect.stringMatching(/^\S+ a update succeeded 2 [\d.]+ m?s local -$/),
    expect.stringMatching(/^\S+ b provision succeeded 1 /),
    expect.stringMatching(/^\S+ a provision succeeded 1 /),
  ]);
  expect((await run('activity --type update -o name')).stdout).toMatch(/^a\.\w+\.2\n$/);
  expect((await run('activity --limit 2 -o name')).stdout).toMatch(/^a\.\w+\.2\nb\.\w+\.1\n$/);
  expect((await run('activity --state failed')).stderr).toContain('No operation matches.');
  const refused = await run('activity --state nonsense');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('state must be one of running, succeeded, failed, cancelled');
});

test('activity fits into 80 columns', async () => {
  const { run, apply } = await startHost();
  await apply(`a${'-long'.repeat(12)}`, 'nginx:1');
  const { stdout } = await run('activity', { columns: 80, env: { NO_COLOR: '1' } });
  for (const line of stdout.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('activity -w prints what is there and then each operation that follows, until Ctrl-C', async () => {
  const { endpoint, apply } = await startHost();
  await apply('a', 'nginx:1');
  await apply('b', 'nginx:1');
  const watching = start(['activity', '-w'], { endpoint });
  const lines = () => watching.stdout().trimEnd().split('\n');
  await vi.waitFor(() => expect(lines()).toHaveLength(2), 10_000);
  expect(lines()[0]).toMatch(/^\S+Z {2}a {2}provision succeeded {2}[\d.]+ m?s {2}by local$/);
  await apply('b', 'nginx:2');
  await vi.waitFor(() => expect(lines().at(-1)).toMatch(/ {2}b {2}update succeeded /), 10_000);
  watching.interrupt();
  expect(await watching.ended).toMatchObject({ code: 0 });
});
